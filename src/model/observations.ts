/** What a run of a plan on a shadow server says back to the plan: `verify/` makes it, `plan/complete.ts` merges it. */
import { z } from 'zod'
import { phaseName, proofRecord } from './plan.ts'

export const observations = z.strictObject({
  /** Of the tables in `plan.relations`, as each phase of the plan met them. */
  fingerprints: z.array(z.strictObject({ stage: z.int().positive(), phase: phaseName, sha256: z.string() })),
  /** What the server made of the objects that a step's `after` names, just after the step. */
  definitions: z.array(
    z.strictObject({
      step: z.string(),
      definitions: z.array(
        z.strictObject({
          /** `constraint public.t.con`, `index public.i` or `default public.t.c`. */
          object: z.string(),
          /** `pg_get_constraintdef()` without NOT VALID, `pg_get_indexdef()`, `pg_get_expr()`. */
          definition: z.string(),
        }),
      ),
    }),
  ),
  proof: proofRecord.nullable(),
})

export type Observations = z.infer<typeof observations>

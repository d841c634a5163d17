/** What `migrate verify` finds of a plan in a database, after the fact. */
import { z } from 'zod'
import { condition } from './condition.ts'

const row = z.record(z.string(), z.unknown())

export const verification = z.strictObject({
  plan: z.string(),
  holds: z.boolean(),
  /** What the last step that touched each object promised of it. */
  conditions: z.array(
    z.strictObject({
      step: z.string(),
      condition,
      holds: z.boolean(),
      /** What is there instead; empty when it holds. */
      instead: z.string(),
      rows: z.array(row),
    }),
  ),
  /** Invariants that one look can answer: those that must return no row. */
  invariants: z.array(z.strictObject({ name: z.string(), holds: z.boolean(), rows: z.array(row) })),
})

export type Verification = z.infer<typeof verification>

import { z } from 'zod'
import { step } from './plan.ts'

/** Left in a database by an interrupted run, ours or another tool's, and no use to anybody as it is. */
export const debris = z.strictObject({
  kind: z.enum([
    /** Of a concurrent build, rebuild or drop that did not come to its end: kept up to date by every write. */
    'invalid-index',
    /** Enforced for new rows; of the old ones nobody knows. */
    'not-valid-constraint',
    /** DETACH PARTITION … CONCURRENTLY that did not come to its end: its rows are seen by nobody. */
    'pending-detach',
    /** A trigger of ours, and no plan is open that needs it. */
    'sync-trigger',
    /** A function of ours that no trigger calls any more. */
    'sync-function',
    /** What pgroll or pg_repack leaves: theirs to remove. */
    'other-tool',
  ]),
  /** As PostgreSQL spells it: `public.orders_total_idx`, `orders_check on public.orders`. */
  object: z.string(),
  /** The step of the open plan that left it: `migrate apply` goes on from it. */
  ofStep: z.string().nullable(),
  /** What `migrate repair` does about it; null where it must not: `advice` says what to do. */
  repair: step.nullable(),
  advice: z.string(),
})

export type Debris = z.infer<typeof debris>
export type DebrisKind = Debris['kind']

import { z } from 'zod'
import { lockModes } from '../postgres/lock-mode.ts'

/** A relation is always spelled by `formatRelation`: schema-qualified, quoted where SQL needs it. */
export const lock = z.strictObject({ relation: z.string(), mode: z.enum(lockModes) })

/**
 * What PostgreSQL does for one action. Lists are sorted and without repeats. Work that grows with the table is in
 * `rewrites` (heap and indexes written anew), `scans` (the heap is read), `builds` (an index is built on the relation)
 * or `changesRows` (row locks and new row versions on as many rows as match).
 */
export const effect = z.strictObject({
  locks: z.array(lock),
  rewrites: z.array(z.string()),
  scans: z.array(z.string()),
  builds: z.array(z.string()),
  changesRows: z.array(z.string()),
  /** What was not known and so taken for the worse case, in words; empty when the effect is certain. */
  unknowns: z.array(z.string()),
})

/**
 * Who waits for as long as work that grows with a table: `reads` (readers and writers), `writes`, `rows` (only those
 * who touch the same rows), or nobody. It sits on the action whose work runs, judged over all locks its transaction
 * holds by then.
 */
export const stalls = z.enum(['reads', 'writes', 'rows']).nullable()

export type Lock = z.infer<typeof lock>
export type Effect = z.infer<typeof effect>
export type Stalls = z.infer<typeof stalls>

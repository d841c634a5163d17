import { z } from 'zod'

/** Where a step's time went that was not its work, in milliseconds. */
export const waits = z.strictObject({
  /** With nothing of ours in any queue: behind an older transaction, between two tries, in a pause of a backfill. */
  lookingMs: z.number(),
  /** Strong locks asked for and held: what a statement of an application may have waited for. */
  lockingMs: z.number(),
  /** In the queue for what stops no statement: a concurrent build behind older transactions, a batch behind a row. */
  queueingMs: z.number(),
})

export type Waits = z.infer<typeof waits>

export const noWaits: Waits = { lookingMs: 0, lockingMs: 0, queueingMs: 0 }

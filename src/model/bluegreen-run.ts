/** What a blue-green run says of itself: its state, what is seen of it on both sides, and what its commands report. */
import { z } from 'zod'

/**
 * How far a run is, as both databases say together. `starting`: until every row of the snapshot is on green. `copied`.
 * `migrated`: green's own migrations have run. `attached`: green follows blue. `cut-over`: blue is fenced, green is the
 * database. `rolled-back`: green is fenced, and blue is the database again.
 */
export const runState = z.enum(['starting', 'copied', 'migrated', 'attached', 'cut-over', 'rolled-back'])
export type RunState = z.infer<typeof runState>

export const bluegreenStatus = z.strictObject({
  name: z.string(),
  /** Null: neither side knows of a run. */
  state: runState.nullable(),
  /** The side that takes writes. */
  writes: z.enum(['blue', 'green', 'neither']),
  /** Of the slots that keep changes, on either side. Null: there is none of that name. */
  slots: z.array(
    z.strictObject({
      side: z.enum(['blue', 'green']),
      name: z.string(),
      active: z.boolean(),
      /** `reserved`, `extended`, `unreserved`, `lost`. */
      walStatus: z.string().nullable(),
      keptBytes: z.number(),
    }),
  ),
  subscriptions: z.array(
    z.strictObject({
      side: z.enum(['blue', 'green']),
      name: z.string(),
      enabled: z.boolean(),
      /** A worker is at it. */
      running: z.boolean(),
      /** `pg_stat_subscription_stats`; null before 15. */
      errors: z.number().nullable(),
    }),
  ),
  /** Rows of green that could not be made. */
  parked: z.int(),
  tombstones: z.int(),
  /** The last verification. */
  verified: z.strictObject({ at: z.string(), clean: z.boolean() }).nullable(),
  migrations: z.array(z.strictObject({ version: z.string(), state: z.enum(['running', 'done']) })),
  /** A command, or what to do. */
  next: z.string(),
})
export type BluegreenStatus = z.infer<typeof bluegreenStatus>

/** One comparison, over rows, keys or answers. */
export const comparison = z.strictObject({
  what: z.string(),
  /** `undecided`: it kept changing while it was looked at. */
  verdict: z.enum(['equal', 'different', 'undecided']),
  rows: z.number().nullable(),
  /** Keys, or answers, in which they differ. */
  detail: z.array(z.string()),
})
export type Comparison = z.infer<typeof comparison>

export const verificationReport = z.strictObject({
  clean: z.boolean(),
  comparisons: z.array(comparison),
  lagMs: z.number(),
})
export type VerificationReport = z.infer<typeof verificationReport>

export const cutoverReport = z.strictObject({
  to: z.enum(['blue', 'green']),
  /** From the moment at which writers may begin to wait to the end of the flip. Null: it was done before a crash. */
  pauseMs: z.number().nullable(),
  attempts: z.int(),
  steps: z.array(z.strictObject({ name: z.string(), ms: z.number() })),
})
export type CutoverReport = z.infer<typeof cutoverReport>

/** What a run tells while it works. `at` is before and after each step: whoever listens may stop the world there. */
export type BluegreenEvent =
  | {
      readonly kind: 'step'
      readonly name: string
      readonly at: 'before' | 'after'
      readonly ms: number | null
    }
  | { readonly kind: 'said'; readonly text: string }

export type BluegreenObserver = (event: BluegreenEvent) => void

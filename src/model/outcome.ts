import { z } from 'zod'
import { waits } from './waits.ts'

/** Who stood in the way of a lock, as a report shows it. */
export const blocker = z.strictObject({
  pid: z.int(),
  user: z.string().nullable(),
  application: z.string().nullable(),
  state: z.string().nullable(),
  transactionAgeMs: z.number().nullable(),
  query: z.string().nullable(),
})

/** What became of a step. Every step of a plan has one, the ones not reached too. */
export const outcome = z.discriminatedUnion('status', [
  z.strictObject({
    status: z.literal('applied'),
    ms: z.number(),
    attempts: z.int(),
    /** Rows changed; null for steps that change none. */
    rows: z.int().nullable(),
    /** Longest time that a lock request of ours was queued or held, in milliseconds; null without strong locks. */
    longestLockMs: z.number().nullable(),
  }),
  z.strictObject({ status: z.literal('already-applied') }),
  z.strictObject({ status: z.literal('lock-timeout'), waitedMs: z.number(), blockers: z.array(blocker) }),
  z.strictObject({
    status: z.literal('failed'),
    sqlstate: z.string().nullable(),
    message: z.string(),
    hint: z.string().nullable(),
    /** First offending rows, as JSON, where a condition or a constraint found some. */
    rows: z.array(z.record(z.string(), z.unknown())),
  }),
  /** The connection was lost while it ran: only the next `apply`, by looking, can tell. */
  z.strictObject({ status: z.literal('in-doubt'), message: z.string() }),
  z.strictObject({ status: z.literal('waiting-at-gate'), waitFor: z.string() }),
  z.strictObject({ status: z.literal('not-run') }),
])

export const stepOutcome = z.strictObject({
  stage: z.int(),
  phase: z.enum(['expand', 'backfill', 'contract']),
  step: z.string(),
  title: z.string(),
  outcome,
  /** Null: this run did not come to it. */
  waits: waits.nullable(),
})

/** What `migrate apply` and `migrate rollback` end in. */
export const runReport = z.strictObject({
  plan: z.string(),
  digest: z.string(),
  status: z.enum(['done', 'at-gate', 'failed']),
  gate: z.string().nullable(),
  steps: z.array(stepOutcome),
  invariants: z.array(
    z.strictObject({ name: z.string(), at: z.string(), held: z.boolean(), detail: z.string().nullable() }),
  ),
})

export type Blocker = z.infer<typeof blocker>
export type Outcome = z.infer<typeof outcome>
export type StepOutcome = z.infer<typeof stepOutcome>
export type RunReport = z.infer<typeof runReport>

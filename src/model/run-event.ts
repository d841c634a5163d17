import { z } from 'zod'
import { blocker, outcome } from './outcome.ts'
import { waits } from './waits.ts'

/** What a run says while it goes: the progress on stderr, and later the event stream. Never what a run decides on. */
/** What a backfill waits for: above the limit that the user has set. Lags and the probe in milliseconds, WAL in bytes a second. */
export const pressure = z.strictObject({
  what: z.enum(['replica-lag', 'wal-rate', 'dead-rows', 'probe']),
  value: z.number(),
  limit: z.number(),
})

export type Pressure = z.infer<typeof pressure>

export const runEvent = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('run-started'),
    action: z.enum(['apply', 'rollback']),
    digest: z.string(),
    owner: z.string(),
    database: z.string(),
  }),
  /** `gate`: what the plan waits for. */
  z.strictObject({
    kind: z.literal('run-ended'),
    status: z.enum(['done', 'at-gate', 'failed']),
    gate: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('phase-started'), stage: z.int(), phase: z.string() }),
  z.strictObject({ kind: z.literal('step-started'), step: z.string(), title: z.string() }),
  z.strictObject({ kind: z.literal('waiting-for-lock'), step: z.string(), blockers: z.array(blocker) }),
  /** Because the user has said how old a session in our way may be. */
  z.strictObject({ kind: z.literal('blocker-terminated'), step: z.string(), blocker }),
  z.strictObject({
    kind: z.literal('lock-attempt-failed'),
    step: z.string(),
    attempt: z.int(),
    lockTimeoutMs: z.number(),
  }),
  /** `done` and `total` in `unit` (blocks, rows, keys); `total` null when nobody knows. */
  z.strictObject({
    kind: z.literal('progress'),
    step: z.string(),
    what: z.string(),
    done: z.number(),
    total: z.number().nullable(),
    unit: z.string(),
  }),
  /** Between two batches, until it is below the limit again. */
  z.strictObject({ kind: z.literal('paused'), step: z.string(), pressure }),
  z.strictObject({ kind: z.literal('cleaned-up'), step: z.string(), what: z.string() }),
  z.strictObject({ kind: z.literal('step-ended'), step: z.string(), outcome, waits }),
  z.strictObject({ kind: z.literal('waiting-for-runner'), owner: z.string() }),
  /** What a person should know, and that stops nothing. */
  z.strictObject({ kind: z.literal('warning'), message: z.string() }),
])

export type RunEvent = z.infer<typeof runEvent>
export type RunObserver = (event: RunEvent) => void

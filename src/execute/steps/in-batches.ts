/**
 * The author's mass UPDATE, DELETE or INSERT … SELECT in short transactions. Each one moves the checkpoint with its rows, so a crash at any instant
 * loses at most a batch that did not happen, and no row is changed twice.
 */
import { blockedBy } from '../../database/blockers.ts'
import { DatabaseError } from '../../database/session.ts'
import type { Blocker, Outcome } from '../../model/outcome.ts'
import type { FilledStepOf } from '../../model/plan.ts'
import { lockModeSql } from '../../postgres/lock-mode.ts'
import { isRetryable, sqlstate } from '../../postgres/sqlstate.ts'
import { afterBatch, afterConflict, type BatchSize } from '../batch-size.ts'
import { cutterFor, type Cutter, type Slice } from '../batch-slice.ts'
import {
  claimBatchSql,
  insertCheckpoint,
  moveCheckpointSql,
  readCheckpoint,
  type Checkpoint,
} from '../checkpoint.ts'
import { isStopped, type StepContext, type StepExecutor } from '../context.ts'
import { outcomeOfError, stopped } from '../failure.ts'
import { toBlocker } from '../lock-acquisition.ts'
import { allHold, judge } from '../look.ts'
import { pause, watching } from '../pause.ts'
import { booked } from '../wait-account.ts'

type InBatches = FilledStepOf<'in-batches'>

/** A batch that takes this long was cut far too big, or waits for something that is not a lock. */
const statementTimeoutMs = 30_000
const retryMs = { first: 50, max: 2_000 }
const watchMs = 100

export const inBatches: StepExecutor<'in-batches'> = {
  look: async (step, context) => {
    // Once begun, the checkpoint says how far it is, and rows may look like anything.
    if ((await readCheckpoint(context.control, context.plan.id, step.id)) !== null) return 'absent'
    return allHold(await judge(context, step.before)) ? 'absent' : 'partial'
  },
  clean: () => Promise.resolve([]),

  async apply(step, context) {
    const started = context.now()
    const run: Run = { step, context, cutter: cutterFor(step), blockers: [], attempts: 0, longestMs: 0 }
    try {
      let at = await beginOrResume(run)
      let size: BatchSize = { size: at.batchSize, costMs: null }
      while (!run.cutter.isAtEnd(at)) {
        if (isStopped(context)) return stopped(`stopped on request after ${at.rows} rows`)
        const next = await batchWithRetries(run, at, size)
        if ('outcome' in next) return next.outcome
        at = next.checkpoint
        size = next.size
        context.observer({
          kind: 'progress',
          step: step.id,
          what: 'rows changed',
          ...run.cutter.progress(at),
        })
        await context.pacer?.wait(step, context)
      }
      const ms = context.now() - started
      return {
        status: 'applied',
        ms,
        attempts: Math.max(1, run.attempts),
        rows: at.rows,
        longestLockMs: run.longestMs,
      }
    } catch (error) {
      return outcomeOfError(error)
    }
  },
}

interface Run {
  readonly step: InBatches
  readonly context: StepContext
  readonly cutter: Cutter
  /** Who was seen holding rows of ours. */
  blockers: readonly Blocker[]
  attempts: number
  longestMs: number
}

async function beginOrResume({ step, context, cutter }: Run): Promise<Checkpoint> {
  const { control, plan } = context
  const found = await readCheckpoint(control, plan.id, step.id)
  if (found !== null) return found
  const start = await cutter.begin(context.work)
  await insertCheckpoint(control, plan.id, step.id, start)
  return start
}

type Next = { readonly checkpoint: Checkpoint; readonly size: BatchSize } | { readonly outcome: Outcome }

/** The same batch, smaller each time, until it gets its rows or the time is over. */
async function batchWithRetries(run: Run, at: Checkpoint, size: BatchSize): Promise<Next> {
  const { step, context, cutter } = run
  const started = context.now()
  let now = size
  for (let tries = 1; ; tries++) {
    run.attempts++
    const asked = context.now()
    try {
      const { checkpoint, done, ms } = await batch(run, at, now)
      return { checkpoint, size: afterBatch(now, { done, ms }, cutter.limits(step, at)) }
    } catch (error) {
      if (!isConflict(error, now)) throw error
    } finally {
      run.longestMs = Math.max(run.longestMs, context.now() - asked)
    }
    const waitedMs = context.now() - started
    if (waitedMs >= context.lockWaitMaxMs) {
      return { outcome: { status: 'lock-timeout', waitedMs, blockers: [...run.blockers] } }
    }
    context.observer({
      kind: 'lock-attempt-failed',
      step: step.id,
      attempt: tries,
      lockTimeoutMs: step.lockTimeoutMs,
    })
    now = afterConflict(now)
    const wait = Math.min(retryMs.first * 2 ** Math.min(tries - 1, 10), retryMs.max)
    await booked(context, 'lookingMs', () => pause(wait * (0.5 + context.random()), context.signal))
    if (isStopped(context)) return { outcome: stopped(`stopped on request after ${at.rows} rows`) }
  }
}

function isConflict(error: unknown, { size }: BatchSize): boolean {
  if (!(error instanceof DatabaseError) || error.sqlstate === null) return false
  // Too long is too big, as long as there is something to halve.
  return isRetryable(error.sqlstate) || (error.sqlstate === sqlstate.queryCanceled && size > 1)
}

interface Batch {
  readonly checkpoint: Checkpoint
  readonly done: number
  readonly ms: number
}

async function batch(run: Run, at: Checkpoint, { size }: BatchSize): Promise<Batch> {
  const { step, context } = run
  const { work } = context
  try {
    await openBatch(run, at)
    const slice = await run.cutter.next(work, at, size)
    const asked = context.now()
    const changed = await changeSlice(run, slice)
    const checkpoint = {
      ...slice.checkpoint,
      batches: at.batches + 1,
      batchSize: size,
      rows: at.rows + changed,
      seen: slice.checkpoint.seen + slice.done,
    }
    await context.beforeCommit?.(step, work)
    await work.execute(`${moveCheckpointSql(context.plan.id, step.id, checkpoint)};\nCOMMIT`)
    return { checkpoint, done: slice.done, ms: context.now() - asked }
  } catch (error) {
    if (error instanceof DatabaseError && !error.connectionLost) await work.execute('ROLLBACK')
    throw error
  }
}

/**
 * The table's lock comes first, so that nobody can give it another file (VACUUM FULL, CLUSTER) between the cutting of a
 * ctid range and its use. A table that is only read from is not locked as if it were written to. Nobody waits until a
 * batch is on the disk: a crash of the server takes its rows and its checkpoint together, and the step's own end, which is
 * waited for, stands behind all of them in the log.
 */
async function openBatch({ step, context }: Run, at: Checkpoint): Promise<void> {
  const declared = step.locks.find(({ relation }) => relation === step.table)
  const mode = lockModeSql(declared?.mode ?? 'RowExclusive')
  const claimed = await context.work.execute(`BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL lock_timeout = ${step.lockTimeoutMs};
SET LOCAL statement_timeout = ${statementTimeoutMs};
SET LOCAL synchronous_commit = off;
LOCK TABLE ${step.table} IN ${mode} MODE;
${claimBatchSql(context.plan.id, step.id, at)}`)
  if (claimed.rowsAffected !== 1) {
    throw new DatabaseError('another runner has gone on with this step; this one stops')
  }
}

async function changeSlice(run: Run, { values }: Slice): Promise<number> {
  if (values === null) return 0
  const { step, context } = run
  const { work, control } = context
  const changing = work.change(step.sql, values)
  const { rowsAffected } = await watching(changing, watchMs, async () => {
    const blockers = await blockedBy(control, work.pid)
    if (blockers.length === 0) return
    context.account.add('queueingMs', watchMs)
    run.blockers = blockers.map(toBlocker)
    context.observer({
      kind: 'waiting-for-lock',
      step: step.id,
      blockers: run.blockers.map(toBlocker),
    })
  })
  return rowsAffected
}

import { DatabaseError } from '../../database/session.ts'
import type { Blocker, Outcome } from '../../model/outcome.ts'
import { isRetryable } from '../../postgres/sqlstate.ts'
import { isStopped, type StepContext, type StepExecutor } from '../context.ts'
import { outcomeOfError, stopped } from '../failure.ts'
import { lookByConditions } from '../look.ts'
import { violatingRows } from '../offending-rows.ts'
import { pause } from '../pause.ts'
import { runWatched } from '../run-watched.ts'
import { booked } from '../wait-account.ts'

const retryMs = 1_000

/**
 * Long work under a lock that stops no statement of an application: it may stand in the queue for a minute, and the
 * statement itself takes the time it takes. Sent alone, since some such statements refuse a transaction block.
 */
export const patient: StepExecutor<'patient'> = {
  look: (step, context) => lookByConditions(step, context),
  clean: () => Promise.resolve([]),
  async apply(step, context) {
    const started = context.now()
    let blockers: readonly Blocker[] = []
    for (let attempt = 1; ; attempt++) {
      try {
        await context.work.execute(`SET lock_timeout = ${step.lockTimeoutMs}`)
        await runWatched(step, context, step.sql, (seen) => {
          blockers = seen
        })
        return {
          status: 'applied',
          ms: context.now() - started,
          attempts: attempt,
          rows: null,
          longestLockMs: null,
        }
      } catch (error) {
        if (!isGivingWay(error)) return await outcomeOf(error, context)
        const waitedMs = context.now() - started
        if (waitedMs >= context.lockWaitMaxMs)
          return { status: 'lock-timeout', waitedMs, blockers: [...blockers] }
        context.observer({
          kind: 'lock-attempt-failed',
          step: step.id,
          attempt,
          lockTimeoutMs: step.lockTimeoutMs,
        })
        await booked(context, 'lookingMs', () => pause(retryMs * (0.5 + context.random()), context.signal))
        if (isStopped(context)) return stopped('stopped on request while it waited for its lock')
      } finally {
        if (!context.work.closed) await context.work.execute('SET lock_timeout = 0')
      }
    }
  },
}

function isGivingWay(error: unknown): boolean {
  return error instanceof DatabaseError && error.sqlstate !== null && isRetryable(error.sqlstate)
}

async function outcomeOf(error: unknown, context: StepContext): Promise<Outcome> {
  if (isStopped(context) && error instanceof DatabaseError && !error.connectionLost) {
    return stopped('stopped on request; nothing of it is left')
  }
  const rows =
    error instanceof DatabaseError && !error.connectionLost ? await violatingRows(context.control, error) : []
  return outcomeOfError(error, { rows })
}

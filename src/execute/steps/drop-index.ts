import { DatabaseError } from '../../database/session.ts'
import { isRetryable, sqlstate } from '../../postgres/sqlstate.ts'
import { isStopped, type StepExecutor } from '../context.ts'
import { outcomeOfError, stopped } from '../failure.ts'
import { dropInvalid, readIndex } from '../invalid-index.ts'
import { lookByConditions } from '../look.ts'
import { builderOf } from '../orphan.ts'
import { pause } from '../pause.ts'
import { runWatched } from '../run-watched.ts'
import { booked } from '../wait-account.ts'

const attemptsMax = 5
const retryMs = 1_000

/**
 * DROP INDEX CONCURRENTLY. Interrupted, it leaves the index INVALID: then the way is forward, the same statement again.
 * Only a rollback cleans such an index away, to build it anew.
 */
export const dropIndex: StepExecutor<'drop-index'> = {
  async look(step, context) {
    if ((await builderOf(step, context)) !== null) return 'running'
    const index = await readIndex(context.control, step)
    return index !== null && !index.valid ? 'absent' : lookByConditions(step, context)
  },

  clean: (step, context) => dropInvalid(step, context),

  async apply(step, context) {
    const started = context.now()
    for (let attempt = 1; ; attempt++) {
      try {
        await runWatched(step, context, step.sql)
        return {
          status: 'applied',
          ms: context.now() - started,
          attempts: attempt,
          rows: null,
          longestLockMs: null,
        }
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.connectionLost) return outcomeOfError(error)
        if (isStopped(context) && error.sqlstate === sqlstate.queryCanceled) {
          return stopped(`stopped on request; ${step.index} is INVALID and goes with the next apply`)
        }
        const again = error.sqlstate !== null && isRetryable(error.sqlstate) && attempt < attemptsMax
        if (!again) return outcomeOfError(error)
        context.observer({ kind: 'lock-attempt-failed', step: step.id, attempt, lockTimeoutMs: 0 })
        await booked(context, 'lookingMs', () => pause(retryMs * (0.5 + context.random()), context.signal))
      }
    }
  },
}

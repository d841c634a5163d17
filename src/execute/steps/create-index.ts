import { DatabaseError } from '../../database/session.ts'
import type { Outcome } from '../../model/outcome.ts'
import type { FilledStepOf } from '../../model/plan.ts'
import { isRetryable, sqlstate } from '../../postgres/sqlstate.ts'
import { isStopped, type StepContext, type StepExecutor } from '../context.ts'
import { failed, outcomeOfError, stopped } from '../failure.ts'
import { dropInvalid, readIndex } from '../invalid-index.ts'
import { lookByConditions } from '../look.ts'
import { duplicateKeys } from '../offending-rows.ts'
import { builderOf } from '../orphan.ts'
import { pause } from '../pause.ts'
import { runWatched } from '../run-watched.ts'
import { booked } from '../wait-account.ts'

type CreateIndex = FilledStepOf<'create-index'>

/** Two concurrent builds on one table can deadlock; the one that gave way leaves an INVALID index and comes again. */
const attemptsMax = 5
const retryMs = 1_000

/** CREATE INDEX CONCURRENTLY: no transaction, no timeouts, and a failure leaves an INVALID index behind. */
export const createIndex: StepExecutor<'create-index'> = {
  async look(step, context) {
    if ((await builderOf(step, context)) !== null) return 'running'
    const index = await readIndex(context.control, step)
    if (index !== null && !index.valid) return 'partial'
    return lookByConditions(step, context)
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
        const outcome = await afterFailure(step, context, error)
        const again = error.sqlstate !== null && isRetryable(error.sqlstate) && attempt < attemptsMax
        if (!again || isStopped(context)) return outcome
        context.observer({ kind: 'lock-attempt-failed', step: step.id, attempt, lockTimeoutMs: 0 })
        await booked(context, 'lookingMs', () => pause(retryMs * (0.5 + context.random()), context.signal))
      }
    }
  },
}

/** Says what happened and, before it goes, looks at the debris: it knows the key that met its double. */
async function afterFailure(step: CreateIndex, context: StepContext, error: DatabaseError): Promise<Outcome> {
  const isDuplicate = error.sqlstate === sqlstate.uniqueViolation
  const rows = isDuplicate ? await duplicateKeys(context.control, step.index) : []
  const outcome =
    isStopped(context) && error.sqlstate === sqlstate.queryCanceled
      ? stopped('stopped on request while the index was being built')
      : outcomeOfError(error, {
          rows,
          hint: isDuplicate ? 'Mend or delete the duplicates, then run the same apply again.' : null,
        })
  try {
    for (const what of await dropInvalid(step, context)) {
      context.observer({ kind: 'cleaned-up', step: step.id, what })
    }
    return outcome
  } catch (problem) {
    if (!(problem instanceof DatabaseError) || problem.connectionLost) return outcomeOfError(problem)
    return failed(`${error.message}; and ${step.index} is left INVALID: ${problem.message}`, {
      sqlstate: error.sqlstate,
      hint: 'Run the same apply again: it removes what is left first.',
      rows,
    })
  }
}

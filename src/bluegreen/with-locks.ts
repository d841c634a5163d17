/** DDL on tables that an application uses: asked for with a short `lock_timeout`, again and again, never queueing long. */
import { sqlstate, isRetryable } from '../postgres/sqlstate.ts'
import type { Session } from '../database/session.ts'
import { pause, serverError, type Pair } from './pair.ts'

const attemptsMax = 200

/** One transaction of `sql`; throws what the server says at last. */
export async function withLocks(
  pair: Pick<Pair, 'file' | 'random'>,
  session: Session,
  sql: string,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await session.execute(
        `BEGIN; SET LOCAL lock_timeout = ${quickly(pair, attempt)}; ${sql}
         COMMIT`,
      )
      return
    } catch (error) {
      const failure = serverError(error)
      await session.execute('ROLLBACK')
      const busy = failure.sqlstate !== null && isRetryable(failure.sqlstate)
      if (!busy || attempt >= attemptsMax || failure.sqlstate === sqlstate.serializationFailure) throw error
    }
    await pause(50 + pair.random() * 200)
  }
}

/** Milliseconds, growing from 50 to the most that a statement of the application may wait for us. */
function quickly({ file }: Pick<Pair, 'file'>, attempt: number): number {
  return Math.round(Math.min(50 * 1.5 ** (attempt - 1), file.cutover.lockTimeoutMs))
}

/** Sees to it that no proof and no plan of the corpus goes on for ever. */
import type { Session } from '../database/session.ts'
import { fail, type Result } from '../model/problem.ts'

export interface Watchman {
  /** Past the limit every session in the server's scratch databases is ended, so that whatever waits there fails. */
  within<T>(work: () => Promise<Result<T>>): Promise<Result<T>>
}

/** `session`: a superuser's on the server that is watched, in a database of its own. */
export function watchman(session: Session, limitMs: number): Watchman {
  return {
    async within(work) {
      const ends: Promise<unknown>[] = []
      const timer = setTimeout(() => ends.push(endScratchSessions(session)), limitMs)
      const tooLate = fail('too-late', `it was not done in ${limitMs / 1000} s`)
      try {
        const ended = await work()
        return ends.length === 0 ? ended : tooLate
      } catch (error) {
        if (ends.length === 0) throw error
        return tooLate
      } finally {
        clearTimeout(timer)
        await Promise.all(ends)
      }
    },
  }
}

function endScratchSessions(session: Session): Promise<unknown> {
  return session.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname LIKE 'lockstep\\_proof\\_%' AND datname <> current_database()`,
  )
}

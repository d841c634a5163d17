import { DatabaseError } from './database-error.ts'
import type { Session } from './session.ts'

/** A pool with one backend left makes the second transaction wait for the first. */
const answerWithinMs = 5_000

/**
 * Does each of two sessions have a backend of its own, for as long as it lives? Behind a pooler in transaction mode it
 * may look so for a while, since an idle pool hands out the backend that it got back last. So both hold a transaction at
 * once, opened in one order and then in the other: a backend that is not theirs shows then (tried with pgbouncer 1.18, on
 * an idle pool and on a busy one). Must be asked before anything is left on a session, such as an advisory lock: in a
 * pool it would stay on a backend that is somebody else's next. Sessions of which the answer is no are of no more use.
 */
export async function arePinned(one: Session, other: Session): Promise<boolean> {
  if (one.pid === other.pid) return false
  return (await keepBackends(one, other)) && (await keepBackends(other, one))
}

async function keepBackends(first: Session, second: Session): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), answerWithinMs)
  })
  const asked = askBoth(first, second)
  // Whoever is too late is answered by nobody.
  asked.catch(() => undefined)
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

async function askBoth(first: Session, second: Session): Promise<boolean> {
  try {
    await first.execute('BEGIN')
    await second.execute('BEGIN')
    const kept = (await pidOf(first)) === first.pid && (await pidOf(second)) === second.pid
    await second.execute('ROLLBACK')
    await first.execute('ROLLBACK')
    return kept
  } catch (error) {
    // In statement mode pgbouncer allows no transaction, and says so as it ends the connection.
    if (error instanceof DatabaseError && error.message.includes('pooling mode')) return false
    throw error
  }
}

async function pidOf(session: Session): Promise<number | null> {
  const [row] = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return row?.pid ?? null
}

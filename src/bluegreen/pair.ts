/** The two databases of a run, the file that says what it is, and who watches. */
import { setTimeout } from 'node:timers/promises'
import { connect, DatabaseError, type Session } from '../database/session.ts'
import type { BluegreenObserver } from '../model/bluegreen-run.ts'
import type { BluegreenFile, Side } from '../model/bluegreen.ts'
import type { Problem, Result } from '../model/problem.ts'
import { fail } from '../model/problem.ts'
import { settleNames } from './settle-names.ts'

export interface PairOptions {
  readonly file: BluegreenFile
  readonly blueUrl: string
  readonly greenUrl: string
  /** How each is reached from the other one's server, where that is another way than ours. */
  readonly blueUrlFromGreen?: string
  readonly greenUrlFromBlue?: string
  readonly observer: BluegreenObserver
  /** Milliseconds, of a clock that never goes back. */
  readonly now: () => number
  readonly random: () => number
  readonly signal?: AbortSignal
}

export interface Pair extends PairOptions {
  readonly blue: Session
  readonly green: Session
  /** Another session of a side, closed with the pair. */
  open(side: Side): Promise<Session>
}

/** A commit of ours is on disk, and so on its way to the other side, whatever the role or the database is set to. */
export const flushedSql = 'SET synchronous_commit = local'

const applicationName = 'lockstep bluegreen'
/** The bytes of "bluegree": one runner a run, held on blue. */
const lockKey = '7092451265513842021'

/** Both sides connected, the file's names settled, and nobody else at work; whatever `work` opens is closed after it. */
export async function withPair<T>(
  options: PairOptions,
  work: (pair: Pair) => Promise<Result<T>>,
): Promise<Result<T>> {
  const sessions: Session[] = []
  const open = async (side: Side): Promise<Result<Session>> => {
    const url = side === 'blue' ? options.blueUrl : options.greenUrl
    const connected = await connect(url, { applicationName, idleInTransactionTimeoutMs: 0 })
    if (!connected.ok) return connected
    sessions.push(connected.value)
    await connected.value.execute(flushedSql)
    return connected
  }
  try {
    const [blue, green] = [await open('blue'), await open('green')]
    const problems = [...problemsOf('blue', blue), ...problemsOf('green', green)]
    if (!blue.ok || !green.ok) return { ok: false, problems }
    const same = await isSame(blue.value, green.value)
    if (same) return fail('same-database', 'Blue and green are the same database.', 'Name two.')
    if (!(await takeLock(blue.value))) {
      return fail('runner-busy', 'Another blue-green command is at work on blue.', 'Wait until it ends.')
    }
    const file = await settleNames(blue.value, options.file)
    if (!file.ok) return file
    return await work({
      ...options,
      file: file.value,
      blue: blue.value,
      green: green.value,
      open: async (side) => {
        const session = await open(side)
        if (session.ok) return session.value
        throw new DatabaseError(session.problems[0]?.message ?? 'no connection')
      },
    })
  } finally {
    for (const session of sessions) await session.close()
  }
}

function problemsOf(side: Side, connected: Result<Session>): readonly Problem[] {
  if (connected.ok) return []
  return connected.problems.map((one) => ({ ...one, message: `${side}: ${one.message}` }))
}

async function isSame(blue: Session, green: Session): Promise<boolean> {
  const ask = `SELECT s.system_identifier::text AS system, d.oid::text AS database FROM pg_control_system() s, pg_database d
                WHERE d.datname = current_database()`
  const [[one], [other]] = [
    await blue.query<{ system: string; database: string }>(ask),
    await green.query<{ system: string; database: string }>(ask),
  ]
  return one?.system === other?.system && one?.database === other?.database
}

async function takeLock(blue: Session): Promise<boolean> {
  const [row] = await blue.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1::bigint) AS taken', [
    lockKey,
  ])
  return row?.taken ?? false
}

/** One thing that is done, told before and after. */
export async function step<T>(
  pair: Pick<Pair, 'observer' | 'now'>,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const began = pair.now()
  pair.observer({ kind: 'step', name, at: 'before', ms: null })
  const result = await work()
  pair.observer({ kind: 'step', name, at: 'after', ms: pair.now() - began })
  return result
}

export function say(pair: Pick<Pair, 'observer'>, text: string): void {
  pair.observer({ kind: 'said', text })
}

export async function pause(ms: number): Promise<void> {
  await setTimeout(ms)
}

/** `work` in one transaction of a session; rolled back when it throws. */
export async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.execute('BEGIN')
  try {
    const result = await work()
    await session.execute('COMMIT')
    return result
  } catch (error) {
    if (!session.closed) await session.execute('ROLLBACK')
    throw error
  }
}

/** What the server answered in place of a result; anything else, and a lost connection, is thrown again. */
export function serverError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError && !error.connectionLost) return error
  throw error
}

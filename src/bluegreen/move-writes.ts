/**
 * Writes move from one side to the other within a budget of time: locked, waited for until the other side has all of it,
 * opened there in a transaction that waits, closed here for good, committed there. Before "closed" a ROLLBACK on both sides
 * leaves no trace; after it, whoever comes goes on.
 */
import type { Session } from '../database/session.ts'
import type { CutoverReport } from '../model/bluegreen-run.ts'
import type { Side } from '../model/bluegreen.ts'
import type { Problem, Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { isRetryable } from '../postgres/sqlstate.ts'
import { hold, type Hold } from './flip.ts'
import { awaitMarkers, setMarkers, type MarkerTable } from './marker.ts'
import { rereadSequences, type SequenceValue } from './sequences.ts'
import { pause, serverError, type Pair } from './pair.ts'

export interface Move {
  readonly to: Side
  /** The side that is closed. */
  readonly from: Session
  /** The side that is opened. */
  readonly other: Session
  readonly markers: readonly MarkerTable[]
  /** Of the side that is closed: all that an application writes to. */
  readonly tables: readonly string[]
  /** Sequences of both sides, as they were before the pause. */
  readonly sequences: {
    readonly from: readonly SequenceValue[]
    /** SQL for the other side, of `from` as they are in the pause. */
    readonly advance: (from: readonly SequenceValue[]) => string
  }
  /** In the transaction of the other side. */
  readonly openSql: string
  /** In the transaction that holds the locks. Its COMMIT is the point of no return. */
  readonly closeSql: string
}

interface Timed {
  readonly steps: { readonly name: string; readonly ms: number }[]
}

export async function moveWrites(pair: Pair, move: Move): Promise<Result<CutoverReport>> {
  const { attempts, budgetMs } = pair.file.cutover
  let last: readonly Problem[] = []
  // Connected, and with its queries planned, before anybody waits.
  const beside = await pair.open(move.to === 'green' ? 'blue' : 'green')
  await rereadSequences(move.from, move.sequences.from)
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (attempt > 1) await pause(100 + pair.random() * 400)
    const waited = await awaitOldWriters(pair, move)
    if (!waited.ok) return waited
    const near = await awaitNearness(pair, move, beside)
    if (!near.ok) return near
    const held = await hold(pair.file.flip)
    if (!held.ok) return held
    const timed: Timed = { steps: [] }
    const began = pair.now()
    const paused = await timing(pair, timed, 'pause', () => held.value.pause())
    if (!paused.ok) {
      last = paused.problems
      continue
    }
    const moved = await tryMove(pair, {
      ...move,
      beside,
      held: held.value,
      timed,
      deadline: began + budgetMs,
    })
    if (moved.kind === 'moved') {
      const flipped = await timing(pair, timed, 'flip', () => held.value.flip(move.to))
      if (!flipped.ok) return flipped
      return succeed({ to: move.to, pauseMs: pair.now() - began, attempts: attempt, steps: timed.steps })
    }
    last = moved.problems
    if (moved.kind === 'refused') return { ok: false, problems: moved.problems }
  }
  return { ok: false, problems: last }
}

type Tried =
  | { readonly kind: 'moved' }
  /** Nothing has happened: it may be tried again, or not. */
  | { readonly kind: 'busy' | 'refused'; readonly problems: readonly Problem[] }

interface Attempt extends Move {
  /** Of the side that is closed: writes what its locks do not cover. */
  readonly beside: Session
  readonly held: Hold
  readonly timed: Timed
  readonly deadline: number
}

async function tryMove(pair: Pair, move: Attempt): Promise<Tried> {
  const { beside, held, timed, deadline } = move
  const abandon = async (kind: 'busy' | 'refused', problems: readonly Problem[]): Promise<Tried> => {
    for (const session of [move.from, move.other]) if (!session.closed) await session.execute('ROLLBACK')
    await held.release()
    return { kind, problems }
  }
  try {
    await timing(pair, timed, 'lock', () => move.from.execute(lockSql(pair, move)))
    const [come, sequences] = await timing(pair, timed, 'marker', () =>
      Promise.all([
        allIsThere(pair, move, beside, deadline),
        rereadSequences(move.from, move.sequences.from),
      ]),
    )
    if (!come.ok) return await abandon('busy', come.problems)
    await timing(pair, timed, 'open', () =>
      move.other.execute(`BEGIN; ${timeoutsSql(pair)} ${move.sequences.advance(sequences)} ${move.openSql}`),
    )
    if (pair.now() >= deadline) {
      const { budgetMs } = pair.file.cutover
      return await abandon(
        'busy',
        fail('budget-spent', `It took longer than the ${budgetMs} ms allowed.`).problems,
      )
    }
    await timing(pair, timed, 'close', () => move.from.execute(`${move.closeSql} COMMIT`))
  } catch (error) {
    const said = serverError(error)
    const busy = said.sqlstate !== null && isRetryable(said.sqlstate)
    return await abandon(
      busy ? 'busy' : 'refused',
      fail('move-refused', `The server refused: ${said.message}`, 'Nothing has been changed.').problems,
    )
  }
  // From here on it has happened, and what fails is gone on with by the next command.
  await timing(pair, timed, 'commit', () => move.other.execute('COMMIT'))
  return { kind: 'moved' }
}

async function timing<T>(
  pair: Pick<Pair, 'now' | 'observer'>,
  timed: Timed,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const began = pair.now()
  pair.observer({ kind: 'step', name: `move: ${name}`, at: 'before', ms: null })
  const result = await work()
  const ms = pair.now() - began
  timed.steps.push({ name, ms })
  pair.observer({ kind: 'step', name: `move: ${name}`, at: 'after', ms })
  return result
}

/** Readers go on; writers under way are waited for, and those that come wait for us. */
function lockSql(pair: Pair, { tables }: Move): string {
  return `BEGIN; ${timeoutsSql(pair)} LOCK TABLE ${tables.join(', ')} IN SHARE ROW EXCLUSIVE MODE`
}

/** Should this machine vanish, the server ends our transaction by itself, and writers go on. */
function timeoutsSql({ file }: Pair): string {
  const { lockTimeoutMs, budgetMs } = file.cutover
  return `SET LOCAL lock_timeout = ${lockTimeoutMs}; SET LOCAL idle_in_transaction_session_timeout = ${budgetMs};`
}

/** Markers are written beside the locks, and so commit after every writer that was waited for. */
async function allIsThere(pair: Pair, move: Move, beside: Session, deadline: number): Promise<Result<null>> {
  const value = await setMarkers(beside, move.markers)
  return awaitMarkers(move.other, move.markers, value, { now: pair.now, deadline })
}

const nearMs = 10
const looksMax = 50

/** A moment at which the other side is close behind: so the pause does not wait for what was written before it. */
async function awaitNearness(pair: Pair, move: Move, beside: Session): Promise<Result<null>> {
  for (let look = 1; look <= looksMax; look += 1) {
    const began = pair.now()
    const come = await allIsThere(pair, move, beside, began + patienceMs)
    if (!come.ok) return come
    if (pair.now() - began <= nearMs) break
  }
  return succeed(null)
}

const patienceMs = 30_000

/** Nobody queues for a writer that is long at it, nor for what is never done in an instant, as a vacuum. */
async function awaitOldWriters(pair: Pair, { from, tables }: Move): Promise<Result<null>> {
  const { oldestTransactionMs } = pair.file.cutover
  const deadline = pair.now() + patienceMs
  for (;;) {
    const [old] = await from.query<{ pid: number; application: string; ms: number; query: string }>(
      `SELECT a.pid, a.application_name AS application, (extract(epoch FROM clock_timestamp() - a.xact_start) * 1000)::float8 AS ms,
              left(a.query, 100) AS query
         FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.granted AND l.locktype = 'relation' AND a.pid <> pg_backend_pid()
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.mode NOT IN ('AccessShareLock', 'RowShareLock') AND l.relation = ANY ($1::text[]::regclass[]::oid[])
          AND (l.mode <> 'RowExclusiveLock' OR a.xact_start < clock_timestamp() - make_interval(secs => $2::float8 / 1000))
        ORDER BY a.xact_start LIMIT 1`,
      [tables, oldestTransactionMs],
    )
    if (old === undefined) return succeed(null)
    if (pair.now() >= deadline) {
      return fail(
        'old-writer',
        `Process ${old.pid} (${old.application}) has been in a transaction that is in our way for ${Math.round(old.ms)} ms: ${old.query}`,
        'Wait for it or end it, and try again; nothing has been locked.',
      )
    }
    await pause(100)
  }
}

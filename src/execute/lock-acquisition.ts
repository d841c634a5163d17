/**
 * Strong locks, without making anybody wait for longer than the stall budget. Look first, for a request that is queued
 * stops everybody who comes after it; then try with a short lock_timeout; then give way and come again.
 */
import { blockedBy, holdersInTheWay, type Holder } from '../database/blockers.ts'
import { DatabaseError, type Session } from '../database/session.ts'
import type { Lock } from '../model/effect.ts'
import type { Blocker, Outcome } from '../model/outcome.ts'
import type { Step } from '../model/plan.ts'
import { lockModeSql } from '../postgres/lock-mode.ts'
import { isRetryable, sqlstate } from '../postgres/sqlstate.ts'
import { isStopped, type RunContext } from './context.ts'
import { outcomeOfError, stopped } from './failure.ts'
import { pause, watching } from './pause.ts'
import { terminateBlockers } from './terminate-blockers.ts'
import { booked } from './wait-account.ts'

/** One transaction, held for an instant. */
export interface LockedWork {
  readonly step: Step
  readonly locks: readonly Lock[]
  readonly sql: readonly string[]
  /** The first try's; it grows by half each time up to the stall budget. */
  readonly lockTimeoutMs: number
  readonly statementTimeoutMs: number
  /** A journal change that belongs to the same transaction and must hit exactly one row; null: none. */
  readonly claim: string | null
}

type Applied = Extract<Outcome, { status: 'applied' }>

const growth = 1.5
const attemptsMax = 2_000
const backoffMs = { first: 100, max: 1_000 }
const lookAgainMs = { first: 25, max: 500 }
/** Where holders come and go so fast that there is always an old one, a try now and then is the only way in. */
const busyTableMs = 2_000
const maintenanceWaitMs = 3_000

/** Runs it as soon as it can be had cheaply. All that can go wrong is an outcome; only bugs throw. */
export async function runUnderLocks(work: LockedWork, context: RunContext): Promise<Outcome> {
  const started = context.now()
  const deadline = started + context.lockWaitMaxMs
  const strong = work.locks.filter(({ mode }) => isStrong(mode))
  const seen: Seen = { blockers: [], longestLockMs: null }
  try {
    const lockable = await lockableInOrder(work.step, strong, context)
    let lockTimeoutMs = Math.min(work.lockTimeoutMs, context.stallBudgetMs)
    let lastTry = started
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const clear = await booked(context, 'lookingMs', () =>
        waitUntilClear(work.step, strong, deadline, context),
      )
      if (isStopped(context)) return stopped('stopped on request while it waited for its locks')
      if (clear.length > 0) return lockTimeout(started, clear, context)
      const sinceLastTryMs = context.now() - lastTry
      lastTry = context.now()
      const rows = await tryOnce(work, lockable, lockTimeoutMs, seen, context)
      if (rows !== null)
        return applied(started, attempt, rows, strong.length > 0 ? seen.longestLockMs : null, context)
      context.observer({ kind: 'lock-attempt-failed', step: work.step.id, attempt, lockTimeoutMs })
      if (context.now() >= deadline) break
      // Who was there at the last try as well would outlast a longer one too; only newcomers are waited out.
      const isOutlasted = seen.blockers.some((one) => isOlder(one, sinceLastTryMs))
      if (!isOutlasted) lockTimeoutMs = Math.min(Math.round(lockTimeoutMs * growth), context.stallBudgetMs)
      const wait = Math.min(backoffMs.first * 2 ** Math.min(attempt - 1, 10), backoffMs.max)
      await booked(context, 'lookingMs', () => pause(wait * (0.5 + context.random()), context.signal))
    }
    return lockTimeout(started, seen.blockers, context)
  } catch (error) {
    return outcomeOfError(error, { hint: hintFor(error, work) })
  }
}

/** Modes below take nothing from an application, and nobody but a strong lock is in their way. */
function isStrong(mode: Lock['mode']): boolean {
  return mode !== 'AccessShare' && mode !== 'RowShare' && mode !== 'RowExclusive'
}

export function toBlocker({ pid, user, application, state, transactionAgeMs, query }: Blocker): Blocker {
  return { pid, user, application, state, transactionAgeMs, query }
}

function isOlder({ transactionAgeMs }: Blocker, ms: number): boolean {
  return transactionAgeMs !== null && transactionAgeMs > ms
}

interface Seen {
  blockers: readonly Blocker[]
  longestLockMs: number | null
}

function applied(
  started: number,
  attempts: number,
  rows: number,
  longestLockMs: number | null,
  context: RunContext,
): Applied {
  return { status: 'applied', ms: context.now() - started, attempts, rows, longestLockMs }
}

function lockTimeout(started: number, blockers: readonly Blocker[], context: RunContext): Outcome {
  return { status: 'lock-timeout', waitedMs: context.now() - started, blockers: [...blockers] }
}

function hintFor(error: unknown, work: LockedWork): string | null {
  return error instanceof DatabaseError && error.sqlstate === sqlstate.queryCanceled
    ? `It took longer than ${work.statementTimeoutMs} ms under its locks, so it was taken back: it is not the instant change that the plan took it for.`
    : null
}

/** Rows changed; null: somebody else has the lock, or we gave way to a deadlock. Any other error is thrown. */
async function tryOnce(
  work: LockedWork,
  lockable: readonly Lock[],
  lockTimeoutMs: number,
  seen: Seen,
  context: RunContext,
): Promise<number | null> {
  const session = context.work
  const asked = { at: context.now() }
  try {
    const running = runTransaction(work, lockable, lockTimeoutMs, context, () => {
      asked.at = context.now()
    })
    // Half of the time that we are ready to wait: by then whoever is in the way is still there to be seen.
    return await watching(running, Math.max(10, lockTimeoutMs / 2), async () => {
      const blockers = (await blockedBy(context.control, session.pid)).map(toBlocker)
      if (blockers.length === 0) return
      const isNews = pidsOf(blockers) !== pidsOf(seen.blockers)
      seen.blockers = blockers
      if (isNews) context.observer({ kind: 'waiting-for-lock', step: work.step.id, blockers })
    })
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    await session.execute('ROLLBACK')
    if (error.sqlstate !== null && isRetryable(error.sqlstate)) return null
    throw error
  } finally {
    const lockMs = context.now() - asked.at
    seen.longestLockMs = Math.max(seen.longestLockMs ?? 0, lockMs)
    if (work.locks.some(({ mode }) => isStrong(mode))) context.account.add('lockingMs', lockMs)
  }
}

/** As few messages as can be: every one between the first lock and COMMIT is a round trip that others wait for. */
async function runTransaction(
  work: LockedWork,
  lockable: readonly Lock[],
  lockTimeoutMs: number,
  context: RunContext,
  onAsk: () => void,
): Promise<number> {
  const session = context.work
  // Waits add up over several relations, and the first of them is held meanwhile.
  const each = Math.max(1, Math.floor(lockTimeoutMs / Math.max(1, lockable.length)))
  const begin = `BEGIN;
SET LOCAL lock_timeout = ${each};
SET LOCAL statement_timeout = ${work.statementTimeoutMs}`
  const body = [
    ...lockable.map(({ relation, mode }) => `LOCK TABLE ONLY ${relation} IN ${lockModeSql(mode)} MODE`),
    ...work.sql,
  ].join('\n;\n')
  if (work.claim !== null) {
    const { rowsAffected } = await session.execute(`${begin};\n${work.claim}`)
    if (rowsAffected !== 1) throw new DatabaseError('another runner has taken this step over')
  }
  const opening = work.claim === null ? `${begin};\n` : ''
  onAsk()
  if (context.beforeCommit === null) {
    return (await session.execute(`${opening}${body}\n;\nCOMMIT`)).rowsAffected
  }
  const { rowsAffected } = await session.execute(`${opening}${body}`)
  await context.beforeCommit(work.step, session)
  await session.execute('COMMIT')
  return rowsAffected
}

/**
 * What is to be locked by LOCK TABLE before the SQL runs, so that a try gets all or nothing. With one relation the SQL
 * itself is that. Always by name, tables that are only read (the far end of a foreign key) last. Only tables can be
 * locked so, and only by a role that may write to them; the rest is locked by the SQL.
 */
async function lockableInOrder(
  step: Step,
  strong: readonly Lock[],
  { control }: RunContext,
): Promise<readonly Lock[]> {
  const relations = [...new Set(strong.map(({ relation }) => relation))]
  if (relations.length < 2) return []
  const isLockable = await lockableOf(relations, control)
  const changed = [...step.touches.creates, ...step.touches.changes, ...step.touches.drops]
  const isChanged = (relation: string): boolean => changed.some((object) => isOf(object, relation))
  const order = (lock: Lock): string => `${isChanged(lock.relation) ? 0 : 1} ${lock.relation}`
  return strong
    .filter(({ relation }) => isLockable.has(relation))
    .sort((one, other) => (order(one) < order(other) ? -1 : 1))
}

async function lockableOf(relations: readonly string[], control: Session): Promise<ReadonlySet<string>> {
  const rows = await control.query<{ relation: string }>(
    `SELECT relation FROM unnest($1::text[]) AS asked (relation) JOIN pg_class c ON c.oid = to_regclass(relation)
      WHERE c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')`,
    [relations],
  )
  return new Set(rows.map(({ relation }) => relation))
}

/** `table public.t`, `column public.t.c` and `constraint public.t.k` are all of `public.t`. */
function isOf(object: string, relation: string): boolean {
  const name = object.slice(object.indexOf(' ') + 1)
  return name === relation || name.startsWith(`${relation}.`)
}

/**
 * Waits, with nothing queued, while a transaction older than a moment holds what we need. Gives those who were still
 * there at the deadline; nobody when the way is free, or when it is worth a try.
 */
async function waitUntilClear(
  step: Step,
  locks: readonly Lock[],
  deadline: number,
  context: RunContext,
): Promise<readonly Blocker[]> {
  if (locks.length === 0) return []
  const started = context.now()
  const firstSeen = new Map<number, number>()
  let said = ''
  for (let wait = lookAgainMs.first; ; wait = Math.min(wait * 1.5, lookAgainMs.max)) {
    const holders = await holdersInTheWay(context.control, locks)
    const now = context.now()
    const old = holders.filter((holder) => ageOf(holder, firstSeen, now) > context.stallBudgetMs)
    if (old.length === 0) return []
    // One that was here all the time will outlast a try as well; when all are newcomers, a gap may be between them.
    const stays = old.some(
      ({ transactionAgeMs }) => transactionAgeMs !== null && transactionAgeMs > now - started,
    )
    if (!stays && now - started > busyTableMs) return []
    const blockers = distinct(old)
    const pids = pidsOf(blockers)
    if (pids !== said) context.observer({ kind: 'waiting-for-lock', step: step.id, blockers })
    said = pids
    if (now >= deadline) return blockers
    await terminateBlockers(step, blockers, context)
    if (old.every(({ mode }) => mode === 'ShareUpdateExclusive')) {
      await queueForMaintenance(old, Math.min(maintenanceWaitMs, deadline - now), context)
    }
    await pause(Math.min(wait * (0.5 + context.random()), Math.max(1, deadline - now)), context.signal)
    if (isStopped(context)) return []
  }
}

/**
 * Autovacuum gives way, but only to somebody who has queued for deadlock_timeout (1 s), longer than we may for a strong
 * lock. In the mode of the vacuum itself we may: in the queue it stops maintenance and DDL, and no statement of an
 * application.
 */
async function queueForMaintenance(
  holders: readonly Holder[],
  waitMs: number,
  { control, work }: RunContext,
): Promise<void> {
  for (const relation of await lockableOf([...new Set(holders.map((holder) => holder.relation))], control)) {
    try {
      await work.execute(`BEGIN;
SET LOCAL lock_timeout = ${Math.max(1, Math.round(waitMs))};
LOCK TABLE ONLY ${relation} IN SHARE UPDATE EXCLUSIVE MODE;
COMMIT`)
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.connectionLost) throw error
      await work.execute('ROLLBACK')
      if (error.sqlstate === null || !isRetryable(error.sqlstate)) throw error
    }
  }
}

/** Other roles' transactions hide their age from a role without pg_read_all_stats: then since we first saw it. */
function ageOf(holder: Holder, firstSeen: Map<number, number>, now: number): number {
  const since = firstSeen.get(holder.pid) ?? now
  firstSeen.set(holder.pid, since)
  return holder.transactionAgeMs ?? now - since
}

function pidsOf(blockers: readonly Blocker[]): string {
  return blockers.map(({ pid }) => pid).join()
}

function distinct(holders: readonly Holder[]): Blocker[] {
  return [...new Map(holders.map((holder) => [holder.pid, toBlocker(holder)])).values()]
}

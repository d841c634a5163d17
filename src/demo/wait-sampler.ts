/**
 * Who keeps the application waiting, and for how long. The server knows both: `pg_locks.waitstart` (14 and later) says
 * when a wait began, `pg_blocking_pids()` who is in its way. A wait is the upgrade's when the chain of blockers leads to
 * a session of the upgrade, also through other application sessions that wait for it in turn.
 * https://www.postgresql.org/docs/current/view-pg-locks.html
 */
import type { Session } from '../database/session.ts'
import type { LockWait } from '../model/demo.ts'

interface WaitingRow {
  readonly pid: number
  readonly application: string
  readonly waited_ms: number
  readonly query: string
  readonly blockers: readonly number[]
}

export interface SampledWaits {
  readonly ofUpgrade: LockWait | null
  readonly ofOthers: LockWait | null
}

export interface WaitSampler {
  stop(): Promise<SampledWaits>
}

const samplingIntervalMs = 5

/** Looks every few milliseconds; a wait shorter than that is not seen, and is no stall. */
export function startWaitSampler(
  session: Session,
  names: { readonly application: string; readonly upgrade: string },
): WaitSampler {
  const state = { stopped: false }
  let waits: SampledWaits = { ofUpgrade: null, ofOthers: null }
  const loop = (async () => {
    while (!state.stopped) {
      const [waiting, upgrade] = await Promise.all([readWaiting(session), readPids(session, names.upgrade)])
      waits = merge(waits, waiting, upgrade, names.application)
      await new Promise((resolve) => setTimeout(resolve, samplingIntervalMs))
    }
  })()
  return {
    async stop() {
      state.stopped = true
      await loop
      return waits
    },
  }
}

/** `pg_blocking_pids` locks the lock manager for a moment, so it is asked of waiting sessions only. */
function readWaiting(session: Session): Promise<readonly WaitingRow[]> {
  return session.query<WaitingRow>(`
    SELECT a.pid, a.application_name AS application, left(a.query, 120) AS query,
           (1000 * extract(epoch FROM clock_timestamp() - l.waitstart))::float8 AS waited_ms,
           pg_blocking_pids(a.pid) AS blockers
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE NOT l.granted AND l.waitstart IS NOT NULL AND a.datname = current_database()`)
}

async function readPids(session: Session, applicationName: string): Promise<ReadonlySet<number>> {
  const rows = await session.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1 AND datname = current_database()`,
    [`${applicationName}%`],
  )
  return new Set(rows.map(({ pid }) => pid))
}

/** Exported for its test: folds one look into what was seen so far. */
export function merge(
  seen: SampledWaits,
  waiting: readonly WaitingRow[],
  upgrade: ReadonlySet<number>,
  application: string,
): SampledWaits {
  const blockersOf = new Map(waiting.map(({ pid, blockers }) => [pid, blockers]))
  let { ofUpgrade, ofOthers } = seen
  for (const row of waiting) {
    if (row.application !== application) continue
    const end = chain(row.pid, blockersOf).find((pid) => upgrade.has(pid))
    const wait = {
      ms: row.waited_ms,
      waiting: row.query,
      blockedBy: end === undefined ? 'the application' : 'the upgrade',
    }
    if (end === undefined) ofOthers = longer(ofOthers, wait)
    else ofUpgrade = longer(ofUpgrade, wait)
  }
  return { ofUpgrade, ofOthers }
}

/** Everybody in the way of `pid`, directly or through others who wait themselves. */
function chain(pid: number, blockersOf: ReadonlyMap<number, readonly number[]>): readonly number[] {
  const found = new Set<number>()
  const queue = [...(blockersOf.get(pid) ?? [])]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (found.has(next)) continue
    found.add(next)
    queue.push(...(blockersOf.get(next) ?? []))
  }
  return [...found]
}

function longer(one: LockWait | null, other: LockWait): LockWait {
  return one === null || other.ms > one.ms ? other : one
}

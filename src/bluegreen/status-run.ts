/** What both sides show of a run; nothing is changed. */
import type { Session } from '../database/session.ts'
import type { BluegreenStatus } from '../model/bluegreen-run.ts'
import type { Side } from '../model/bluegreen.ts'
import type { Result } from '../model/problem.ts'
import { succeed } from '../model/problem.ts'
import { ourSchema, replicationNames } from './names.ts'
import type { Pair } from './pair.ts'
import { readRun, type SeenRun } from './run-store.ts'

export async function readBluegreenStatus(
  pair: Pick<Pair, 'blue' | 'green' | 'file'>,
): Promise<Result<BluegreenStatus>> {
  const seen = await readRun(pair)
  const sides = [
    ['blue', pair.blue],
    ['green', pair.green],
  ] as const
  const slots: BluegreenStatus['slots'] = []
  const subscriptions: BluegreenStatus['subscriptions'] = []
  for (const [side, session] of sides) {
    for (const slot of await slotsOf(session, side, pair.file.name)) {
      if (slots.every(({ name }) => name !== slot.name)) slots.push(slot)
    }
    subscriptions.push(...(await subscriptionsOf(session, side, pair.file.name)))
  }
  const counts = seen.green === null ? null : await countsOf(pair.green)
  return succeed({
    name: seen.blue?.name ?? seen.green?.name ?? pair.file.name,
    state: seen.state,
    writes: writesOf(seen),
    slots,
    subscriptions,
    parked: counts?.parked ?? 0,
    tombstones: counts?.tombstones ?? 0,
    verified: seen.green?.detail.verified ?? null,
    migrations: counts?.migrations ?? [],
    next: nextOf(pair.file, seen),
  })
}

function writesOf({ state, blue, green }: SeenRun): BluegreenStatus['writes'] {
  if (state === 'cut-over') return green?.state === 'cut-over' ? 'green' : 'neither'
  if (state === 'rolled-back') return blue?.state === 'cut-over' ? 'neither' : 'blue'
  return 'blue'
}

function nextOf(file: Pair['file'], { state, blue, green }: SeenRun): string {
  switch (state) {
    case null:
    case 'starting':
      return 'start'
    case 'copied':
      return file.migrations === null ? 'attach' : 'migrate'
    case 'migrated':
      return 'attach'
    case 'attached':
      return green?.detail.verified?.clean === true ? 'cutover' : 'verify'
    case 'cut-over':
      return blue?.detail.flipped === true ? 'finish, or rollback' : 'cutover'
    case 'rolled-back':
      return blue?.state === 'cut-over' || green?.detail.flipped !== false ? 'rollback' : 'finish'
  }
}

async function slotsOf(session: Session, side: Side, run: string): Promise<BluegreenStatus['slots']> {
  const rows = await session.query<{
    name: string
    active: boolean
    walStatus: string | null
    keptBytes: number
    here: boolean
  }>(
    `SELECT slot_name::text AS name, active, wal_status AS "walStatus",
            coalesce(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), restart_lsn), 0)::float8 AS "keptBytes",
            database = current_database() AS here
       FROM pg_replication_slots WHERE slot_name = ANY ($1::text[])`,
    [Object.values(replicationNames(run))],
  )
  return rows
    .filter(({ here }) => here)
    .map(({ name, active, walStatus, keptBytes }) => ({ side, name, active, walStatus, keptBytes }))
}

async function subscriptionsOf(
  session: Session,
  side: Side,
  run: string,
): Promise<BluegreenStatus['subscriptions']> {
  const errors =
    session.serverVersionNum >= 150_000
      ? '(SELECT apply_error_count FROM pg_stat_subscription_stats t WHERE t.subid = s.oid)::float8'
      : 'NULL::float8'
  const rows = await session.query<{
    name: string
    enabled: boolean
    running: boolean
    errors: number | null
  }>(
    `SELECT s.subname::text AS name, s.subenabled AS enabled, ${errors} AS errors,
            EXISTS (SELECT FROM pg_stat_subscription w WHERE w.subid = s.oid AND w.pid IS NOT NULL) AS running
       FROM pg_subscription s WHERE s.subname = ANY ($1::text[])
        AND s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [Object.values(replicationNames(run))],
  )
  return rows.map((row) => ({ side, ...row }))
}

async function countsOf(green: Session): Promise<{
  readonly parked: number
  readonly tombstones: number
  readonly migrations: BluegreenStatus['migrations']
}> {
  const [row] = await green.query<{ parked: number; tombstones: number }>(
    `SELECT (SELECT count(*)::int FROM ${ourSchema}.parked) AS parked, (SELECT count(*)::int FROM ${ourSchema}.tombstone) AS tombstones`,
  )
  const migrations = await green.query<{ version: string; state: 'running' | 'done' }>(
    `SELECT version, state FROM ${ourSchema}.migration ORDER BY at`,
  )
  return {
    parked: row?.parked ?? 0,
    tombstones: row?.tombstones ?? 0,
    migrations: [...migrations],
  }
}

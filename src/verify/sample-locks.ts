/** Locks of a session as another one sees them, for as long as something runs there that can run in no transaction. */
import type { Session } from '../database/session.ts'
import type { HeldRow } from './measure-statement.ts'
import {
  heldLocks,
  modesByRelation,
  sizedRelations,
  walPosition,
  workBetween,
  type Seen,
  type Sight,
} from './statement-sight.ts'

/** Both in the database of the statement, and neither the one that runs it. */
export interface Bystanders {
  readonly watcher: Session
  readonly holder: Session
}

export interface Sampling {
  /** Everything that was seen held, to be called once. */
  stop(): Promise<readonly HeldRow[]>
}

/**
 * What runs CONCURRENTLY waits for old snapshots, or for everybody who reads its table: the holder is both until the
 * watcher has seen somebody wait, with the locks in hand. What waits for nobody can be over between two looks.
 */
export async function startSampling(
  { watcher, holder }: Bystanders,
  pids: readonly number[],
  relations: Sight['relations'],
): Promise<Sampling> {
  const running = { stopped: false, isHolding: true }
  const held: HeldRow[] = []
  const sample = async (): Promise<void> => {
    const rows = await watcher.query<HeldRow & { granted: boolean }>(
      `SELECT coalesce(relation, 0)::int AS oid, replace(mode, 'Lock', '') AS mode, granted FROM pg_locks
        WHERE pid = ANY ($1::int[]) AND (locktype = 'relation' OR NOT granted)`,
      [[...pids]],
    )
    held.push(...rows.filter(({ granted }) => granted))
    if (!running.isHolding || rows.every(({ granted }) => granted)) return
    running.isHolding = false
    await holder.execute('COMMIT')
  }
  // A connection's first query takes as long as a small index build.
  await sample()
  await holder.execute(`BEGIN ISOLATION LEVEL REPEATABLE READ; ${readAllSql(relations)}`)
  const sampling = (async () => {
    while (!running.stopped) await sample()
  })()
  return {
    stop: async () => {
      running.stopped = true
      await sampling
      if (running.isHolding) await holder.execute('COMMIT')
      return held
    },
  }
}

/** A snapshot, and the lock of a reader on every table. */
function readAllSql(relations: Sight['relations']): string {
  const tables = [...relations.values()].filter(({ kind }) => kind === 'r' || kind === 'p')
  const names = tables.map(({ name }) => name).join(', ')
  return names === '' ? 'SELECT 1' : `LOCK TABLE ${names} IN ACCESS SHARE MODE; SELECT 1`
}

/** Files and WAL are compared afterwards, so rewrites and builds are exact; rows are known to their own session only. */
export async function seenFromBeside(
  watcher: Session,
  held: readonly HeldRow[],
  from: {
    readonly before: Pick<Sight, 'relations' | 'locks' | 'walBytes'>
    readonly old: ReadonlySet<number>
  },
): Promise<Seen> {
  const { before, old } = from
  return {
    how: 'sampled',
    locks: heldLocks(before, modesByRelation(held), old),
    ...workBetween(before.relations, await sizedRelations(watcher), old),
    scans: [],
    rowsChanged: [],
    walBytes: (await walPosition(watcher)) - before.walBytes,
  }
}

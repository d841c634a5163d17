/** Runs one case on a server and looks at what it does. */
import { setTimeout } from 'node:timers/promises'
import { DatabaseError, type Session } from '../database/session.ts'
import { mergeLocks } from '../effects/lock-set.ts'
import type { Lock } from '../model/effect.ts'
import type { LaboratoryCase, Sight } from '../model/laboratory.ts'
import { lockModes } from '../postgres/lock-mode.ts'
import { splitName } from '../postgres/type-name.ts'
import {
  changedFiles,
  measure,
  relationsOf,
  ownCounters,
  type Measurement,
  type Relation,
} from '../verify/measure-statement.ts'
import { isStrong } from './predict.ts'

/** In a transaction that is rolled back, so that the next case meets what this one met. */
export async function observe(
  one: LaboratoryCase,
  session: Session,
  before: readonly Relation[],
): Promise<Sight> {
  await session.execute('BEGIN')
  try {
    const counts = await ownCounters(session)
    const refused = await refusalOf(session.execute(one.sql))
    if (refused !== null) return refusedSight(refused)
    return sightOf(await measure(session, before, counts), before)
  } finally {
    await session.execute('ROLLBACK')
    // Prepared statements and settings outlive a transaction.
    await session.execute('DISCARD ALL')
  }
}

/** The SQLSTATE of an error; null: there was none. */
async function refusalOf(running: Promise<unknown>): Promise<string | null> {
  try {
    await running
    return null
  } catch (error) {
    if (error instanceof DatabaseError && error.sqlstate !== null) return error.sqlstate
    throw error
  }
}

function refusedSight(refused: string): Sight {
  return { refused, locks: [], indexLocks: [], rewrites: [], scans: [], builds: [], changes: [] }
}

const tableKinds: ReadonlySet<string> = new Set(['r', 'p', 'v', 'm', 'f', 'S', 'c'])

function sightOf(seen: Measurement, before: readonly Relation[]): Sight {
  const kinds = new Map(before.map(({ name, kind }) => [name, kind]))
  const isTable = (name: string) => tableKinds.has(kinds.get(name) ?? '')
  const isHeap = (name: string) => ['r', 'm'].includes(kinds.get(name) ?? '')
  return {
    refused: null,
    locks: spelled(seen.locks.filter(({ relation }) => isTable(relation))),
    indexLocks: spelled(seen.locks.filter((lock) => !isTable(lock.relation) && isStrong(lock))),
    // New and empty files are no work that grows with the table.
    rewrites: seen.rewritten.filter((name) => isHeap(name) && !seen.emptied.includes(name)),
    scans: [...seen.scanned],
    builds: seen.built.filter((name) => !seen.emptied.includes(name)),
    changes: [...seen.changed],
  }
}

function spelled(locks: readonly Lock[]): string[] {
  return mergeLocks(locks).map(({ relation, mode }) => `${relation} ${mode}`)
}

/** Each is stopped by more modes than the one before, so that the first wait shows the strongest lock of all. */
const blockingModes = ['ACCESS SHARE', 'ROW SHARE', 'ROW EXCLUSIVE', 'SHARE UPDATE EXCLUSIVE'] as const

/** Two connections to a database of the case's own, which `blockers` others may get in the way of. */
export interface Stage {
  readonly runner: Session
  readonly observer: Session
  /** Another connection to it. */
  connect(): Promise<Session>
}

/**
 * A statement that may not be in a transaction leaves no lock to look at. So others hold locks on all tables, each on
 * one, and let go when the statement waits for them: the mode that it waits for is the mode that it takes.
 */
export async function observeInAutocommit(
  one: LaboratoryCase,
  openStage: () => Promise<Stage>,
): Promise<Sight> {
  const locks: Lock[] = []
  let files: Pick<Measurement, 'rewritten' | 'emptied' | 'built'> = { rewritten: [], emptied: [], built: [] }
  let before: readonly Relation[] = []
  for (const mode of blockingModes) {
    const stage = await openStage()
    try {
      before = await relationsOf(stage.observer)
      const tried = await runAgainst(one, mode, before, stage)
      if (tried.refused !== null) return refusedSight(tried.refused)
      locks.push(...tried.locks)
      files = changedFiles(before, await relationsOf(stage.observer))
    } finally {
      await stage.runner.close()
      await stage.observer.close()
    }
  }
  const sight = sightOf({ locks: mergeLocks(locks), scanned: [], changed: [], ...files }, before)
  return {
    ...sight,
    locks: spelled(locks.filter((lock) => isStrong(lock) && sightHas(sight, lock))),
    indexLocks: [],
    scans: null,
    changes: null,
  }
}

function sightHas(sight: Sight, { relation }: Lock): boolean {
  return sight.locks.some((lock) => lock.slice(0, lock.lastIndexOf(' ')) === relation)
}

interface Tried {
  readonly refused: string | null
  readonly locks: readonly Lock[]
}

async function runAgainst(
  one: LaboratoryCase,
  mode: (typeof blockingModes)[number],
  before: readonly Relation[],
  stage: Stage,
): Promise<Tried> {
  const blockers = await blockAll(one, mode, before, stage)
  try {
    const names = new Map(before.map(({ oid, name }) => [oid, name]))
    const locks: Lock[] = []
    const run = { ended: false }
    const ending = refusalOf(stage.runner.execute(one.sql)).finally(() => {
      run.ended = true
    })
    while (!run.ended) {
      // First who is in its way, then what it waits for: it goes on only when they let go.
      const inTheWay = await blockingPids(stage)
      locks.push(...(await locksOf(stage, names)))
      for (const pid of inTheWay) {
        await blockers.get(pid)?.close()
        blockers.delete(pid)
      }
      await setTimeout(2)
    }
    return { refused: await ending, locks }
  } finally {
    for (const blocker of blockers.values()) await blocker.close()
  }
}

/** Tables that the statement names, or their schema, and their partitions are let go one by one; all others together. */
async function blockAll(
  { sql }: LaboratoryCase,
  mode: (typeof blockingModes)[number],
  before: readonly Relation[],
  stage: Stage,
): Promise<Map<number, Session>> {
  const parents = new Map(before.map(({ name, parent }) => [name, parent]))
  const tables = before.filter(({ kind }) => kind === 'r' || kind === 'p').map(({ name }) => name)
  const isNamed = (table: string): boolean => {
    const parent = parents.get(table) ?? null
    const isHere = splitNames(table).some((part) => part !== 'public' && sql.includes(part))
    return isHere || (parent !== null && isNamed(parent))
  }
  const groups = [
    tables.filter((table) => !isNamed(table)),
    ...tables.filter(isNamed).map((table) => [table]),
  ]
  const blockers = new Map<number, Session>()
  for (const group of groups.filter(({ length }) => length > 0)) {
    const blocker = await stage.connect()
    const only = group.map((table) => `ONLY ${table}`).join(', ')
    await blocker.execute(`BEGIN; LOCK TABLE ${only} IN ${mode} MODE`)
    blockers.set(blocker.pid, blocker)
  }
  return blockers
}

function splitNames(table: string): readonly string[] {
  const { schema, name } = splitName(table)
  return schema === null ? [name] : [schema, name]
}

/** All that it holds, and what it waits for. */
async function locksOf(
  { observer, runner }: Stage,
  names: ReadonlyMap<number, string>,
): Promise<readonly Lock[]> {
  const rows = await observer.query<{ oid: number; mode: string }>(
    `SELECT relation::int AS oid, replace(mode, 'Lock', '') AS mode FROM pg_locks
      WHERE pid = $1 AND locktype = 'relation'`,
    [runner.pid],
  )
  return rows.flatMap(({ oid, mode: held }) => {
    const relation = names.get(oid)
    const mode = lockModes.find((one) => one === held)
    return relation === undefined || mode === undefined ? [] : [{ relation, mode }]
  })
}

async function blockingPids({ observer, runner }: Stage): Promise<readonly number[]> {
  const [row] = await observer.query<{ pids: number[] }>('SELECT pg_blocking_pids($1) AS pids', [runner.pid])
  return row?.pids ?? []
}

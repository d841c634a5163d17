/** What there is to see of a database from inside a transaction, before a statement and after it, and the difference. */
import type { Session } from '../database/session.ts'
import type { LockHeld, TracedStatement } from '../model/trace.ts'
import { lockModes, type LockMode } from '../postgres/lock-mode.ts'
import { isLockMode, ownCounters, ownLocks, relationsOf } from './measure-statement.ts'
import type { Counters, HeldRow, Relation } from './measure-statement.ts'

/** Everything by oid. */
export interface Sight {
  readonly relations: ReadonlyMap<number, SizedRelation>
  readonly locks: ReadonlyMap<number, readonly LockMode[]>
  readonly counters: ReadonlyMap<number, Counters>
  readonly walBytes: number
}

export interface SizedRelation extends Relation {
  readonly bytes: number
  /** Of an index: its table. */
  readonly indexed: number | null
}

/** What a statement did, as far as it can be seen. */
export type Seen = Pick<
  TracedStatement,
  'how' | 'locks' | 'rewrites' | 'scans' | 'builds' | 'rowsChanged' | 'walBytes'
>

/** Of what failed, of a step that changes nothing, and at the end of a transaction, when its locks are gone. */
export const nothingSeen: Seen = {
  how: 'exact',
  locks: [],
  rewrites: [],
  scans: [],
  builds: [],
  rowsChanged: [],
  walBytes: 0,
}

/**
 * In the session that runs the statements: locks and counters are those of its own transaction. Counters go on through
 * the transactions of a session until the server collects them, so only differences within one transaction count.
 */
export async function look(session: Session): Promise<Sight> {
  const relations = await sizedRelations(session)
  return {
    relations,
    locks: modesByRelation(await ownLocks(session)),
    counters: await ownCounters(session),
    walBytes: await walPosition(session),
  }
}

/** Bytes of WAL since the cluster was made. */
export async function walPosition(session: Session): Promise<number> {
  const [row] = await session.query<{ bytes: number }>(
    `SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 AS bytes`,
  )
  return row?.bytes ?? 0
}

export async function sizedRelations(session: Session): Promise<ReadonlyMap<number, SizedRelation>> {
  const sizes = await session.query<{ oid: number; bytes: number | null; indexed: number | null }>(
    `SELECT c.oid::int AS oid, pg_relation_size(c.oid)::float8 AS bytes, x.indrelid::int AS indexed
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index x ON x.indexrelid = c.oid
      WHERE c.relkind IN ('r', 'm', 'i', 'I') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`,
  )
  const sizeOf = new Map(sizes.map((one) => [one.oid, one]))
  const sized = (await relationsOf(session)).map((relation) => ({
    ...relation,
    bytes: sizeOf.get(relation.oid)?.bytes ?? 0,
    indexed: sizeOf.get(relation.oid)?.indexed ?? null,
  }))
  return new Map(sized.map((relation) => [relation.oid, relation]))
}

export function modesByRelation(held: readonly HeldRow[]): ReadonlyMap<number, readonly LockMode[]> {
  const modes = new Map<number, LockMode[]>()
  for (const { oid, mode } of held) {
    if (isLockMode(mode)) modes.set(oid, [...(modes.get(oid) ?? []), mode])
  }
  return modes
}

/** `old`: the relations (oids) that others know. Names are those that a relation had before the statement. */
export function differenceOf(before: Sight, after: Sight, old: ReadonlySet<number>): Seen {
  return {
    how: 'exact',
    locks: heldLocks(before, after.locks, old),
    ...workBetween(before.relations, after.relations, old),
    scans: namesOf(before, old, (oid) => grown(before, after, oid, 'read') > 0),
    rowsChanged: [...before.relations.values()].flatMap(({ oid, name }) => {
      const rows = grown(before, after, oid, 'changed')
      return rows > 0 && old.has(oid) ? [{ relation: name, rows }] : []
    }),
    walBytes: after.walBytes - before.walBytes,
  }
}

/** Fewer than before: the server has collected what there was. */
function grown(before: Sight, after: Sight, oid: number, counter: keyof Counters): number {
  const [was, is] = [before.counters.get(oid)?.[counter] ?? 0, after.counters.get(oid)?.[counter] ?? 0]
  return is < was ? is : is - was
}

function namesOf(
  { relations }: Pick<Sight, 'relations'>,
  old: ReadonlySet<number>,
  isMeant: (oid: number) => boolean,
): string[] {
  return [...relations.values()]
    .flatMap(({ oid, name }) => (old.has(oid) && isMeant(oid) ? [name] : []))
    .sort()
}

/** The strongest mode that was held before, and the strongest that came with the statement, if it is stronger. */
export function heldLocks(
  before: Pick<Sight, 'relations' | 'locks'>,
  after: Sight['locks'],
  old: ReadonlySet<number>,
): LockHeld[] {
  const locks = [...after].flatMap(([oid, modes]) => {
    const relation = before.relations.get(oid)?.name
    if (relation === undefined || !old.has(oid)) return []
    // ROLLBACK TO lets go of what was taken since.
    const carried = strongest((before.locks.get(oid) ?? []).filter((mode) => modes.includes(mode)))
    const now = strongest(modes)
    const held: LockHeld[] = carried === null ? [] : [{ relation, mode: carried, carried: true }]
    if (now !== null && now !== carried) held.push({ relation, mode: now, carried: false })
    return held
  })
  return locks.sort((one, other) =>
    one.relation < other.relation ? -1 : one.relation > other.relation ? 1 : 0,
  )
}

function strongest(modes: readonly LockMode[]): LockMode | null {
  return lockModes.findLast((mode) => modes.includes(mode)) ?? null
}

/**
 * Files tell: a heap with another file was written anew, an index with a file that no index had before was built. A file
 * that is empty afterwards is TRUNCATE's, and no work.
 */
export function workBetween(
  before: Sight['relations'],
  after: Sight['relations'],
  old: ReadonlySet<number>,
): Pick<Seen, 'rewrites' | 'builds'> {
  const isRewritten = (oid: number): boolean => {
    const [was, is] = [before.get(oid), after.get(oid)]
    if (was === undefined || is === undefined || !'rm'.includes(was.kind)) return false
    return was.filenode !== is.filenode && is.bytes > 0
  }
  const files = new Set([...before.values()].map(({ filenode }) => filenode))
  const built = new Set(
    [...after.values()].flatMap(({ kind, indexed, filenode }) =>
      kind === 'i' && indexed !== null && !files.has(filenode) ? [indexed] : [],
    ),
  )
  return {
    rewrites: namesOf({ relations: before }, old, isRewritten),
    builds: namesOf({ relations: before }, old, (oid) => {
      const [was, is] = [before.get(oid), after.get(oid)]
      // Indexes of a heap that is written anew, or emptied, are part of that.
      return built.has(oid) && was?.filenode === is?.filenode
    }),
  }
}

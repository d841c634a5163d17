/** What a statement really does on a server, as far as the server itself tells, within the transaction that runs it. */
import type { Session } from '../database/session.ts'
import type { Lock } from '../model/effect.ts'
import { coversMode, lockModes, type LockMode } from '../postgres/lock-mode.ts'
import { formatRelation } from '../postgres/relation-name.ts'

export interface Relation {
  readonly oid: number
  /** As `formatRelation` spells it. */
  readonly name: string
  /** `pg_class.relkind`. */
  readonly kind: string
  readonly filenode: number
  /** Its file holds nothing. */
  readonly isEmpty: boolean
  /** The partitioned table that it is a part of, spelled likewise. */
  readonly parent: string | null
  /** Of an index: the table that it stands on. */
  readonly table: string | null
}

export interface Measurement {
  /** On each relation that was there before, held by the transaction after the statement. */
  readonly locks: readonly Lock[]
  /** Relations that have another file than before. */
  readonly rewritten: readonly string[]
  /** Those of them whose new file is empty. */
  readonly emptied: readonly string[]
  /** Tables with an index, new or not, in a file that was not there before. */
  readonly built: readonly string[]
  /** Tables of which the transaction has read rows one after the other. */
  readonly scanned: readonly string[]
  /** Tables of which it has inserted, updated or deleted rows. */
  readonly changed: readonly string[]
}

/** Every relation of the database that is not PostgreSQL's own. */
export async function relationsOf(session: Session): Promise<readonly Relation[]> {
  const rows = await session.query<{
    oid: number
    schema: string
    name: string
    kind: string
    filenode: number | null
    isEmpty: boolean
    parentSchema: string | null
    parent: string | null
    tableSchema: string | null
    table: string | null
  }>(
    `SELECT c.oid::int AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
            pg_relation_filenode(c.oid)::int AS filenode,
            coalesce(c.relkind IN ('r', 'm', 'i') AND pg_relation_size(c.oid) = 0, false) AS "isEmpty",
            pn.nspname::text AS "parentSchema", p.relname::text AS parent,
            tn.nspname::text AS "tableSchema", t.relname::text AS table
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent
       LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
       LEFT JOIN pg_index x ON x.indexrelid = c.oid LEFT JOIN pg_class t ON t.oid = x.indrelid
       LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
      WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`,
  )
  return rows.map((row) => ({
    oid: row.oid,
    name: formatRelation(row),
    kind: row.kind,
    filenode: row.filenode ?? 0,
    isEmpty: row.isEmpty,
    parent: row.parent === null ? null : formatRelation({ schema: row.parentSchema, name: row.parent }),
    table: row.table === null ? null : formatRelation({ schema: row.tableSchema, name: row.table }),
  }))
}

export interface HeldRow {
  readonly oid: number
  /** Of `lockModes`, if it is a relation's. */
  readonly mode: string
}

/** What the session's transaction holds on relations, in every mode. */
export function ownLocks(session: Session): Promise<readonly HeldRow[]> {
  return session.query<HeldRow>(
    `SELECT relation::int AS oid, replace(mode, 'Lock', '') AS mode FROM pg_locks
      WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted`,
  )
}

/** Rows of the session's transaction so far, and of those before that the server has not collected yet. */
export interface Counters {
  /** Read one after the other. */
  readonly read: number
  /** Inserted, updated and deleted. */
  readonly changed: number
}

/** By the table's oid. */
export async function ownCounters(session: Session): Promise<ReadonlyMap<number, Counters>> {
  const rows = await session.query<Counters & { oid: number }>(
    `SELECT relid::int AS oid, seq_tup_read::float8 AS read, (n_tup_ins + n_tup_upd + n_tup_del)::float8 AS changed
       FROM pg_stat_xact_user_tables`,
  )
  return new Map(rows.map(({ oid, read, changed }) => [oid, { read, changed }]))
}

/** To be called in the transaction, after the statement. `before`: the relations as they were when it began. */
export async function measure(
  session: Session,
  before: readonly Relation[],
  countsBefore: ReadonlyMap<number, Counters> = new Map(),
): Promise<Measurement> {
  const names = new Map(before.map((relation) => [relation.oid, relation]))
  const held = await ownLocks(session)
  const counts = await ownCounters(session)
  const grown = (kind: 'read' | 'changed') =>
    [...counts]
      .filter(([oid, now]) => now[kind] > (countsBefore.get(oid)?.[kind] ?? 0))
      .flatMap(([oid]) => names.get(oid)?.name ?? [])
      .sort()
  return {
    locks: namedLocks(held, names),
    ...changedFiles(before, await relationsOf(session)),
    scanned: grown('read'),
    changed: grown('changed'),
  }
}

/** What has another file after than before; the names are those of before. */
export function changedFiles(
  before: readonly Relation[],
  after: readonly Relation[],
): Pick<Measurement, 'rewritten' | 'emptied' | 'built'> {
  const later = new Map(after.map((relation) => [relation.oid, relation]))
  const rewritten = before.filter(({ oid, filenode }) => (later.get(oid)?.filenode ?? filenode) !== filenode)
  const files = new Set(before.map(({ filenode }) => filenode))
  const names = new Map(before.map(({ oid, name }) => [oid, name]))
  // A table may have been renamed meanwhile.
  const oids = new Map(after.map(({ oid, name }) => [name, oid]))
  const built = after.flatMap(({ kind, filenode, table }) => {
    const isBuilt = kind === 'i' && filenode !== 0 && !files.has(filenode) && table !== null
    return isBuilt ? (names.get(oids.get(table) ?? 0) ?? []) : []
  })
  return {
    rewritten: rewritten.map(({ name }) => name).sort(),
    emptied: rewritten.filter(({ oid }) => later.get(oid)?.isEmpty === true).map(({ name }) => name),
    built: [...new Set(built)].sort(),
  }
}

/** Without modes that another on the same relation makes irrelevant. */
function namedLocks(
  held: readonly { readonly oid: number; readonly mode: string }[],
  names: ReadonlyMap<number, Relation>,
): readonly Lock[] {
  const locks = held.flatMap(({ oid, mode }) => {
    const relation = names.get(oid)?.name
    return relation === undefined || !isLockMode(mode) ? [] : [{ relation, mode }]
  })
  return locks.filter(
    (one) =>
      !locks.some(
        ({ relation, mode }) => relation === one.relation && mode !== one.mode && coversMode(mode, one.mode),
      ),
  )
}

export function isLockMode(mode: string): mode is LockMode {
  return (lockModes as readonly string[]).includes(mode)
}

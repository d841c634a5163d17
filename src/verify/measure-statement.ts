/** What a statement really does on a server, as far as the server itself tells, within the transaction that runs it. */
import type { Session } from '../database/session.ts'
import type { Lock } from '../model/effect.ts'
import { lockModes, type LockMode } from '../postgres/lock-mode.ts'
import { formatRelation } from '../postgres/relation-name.ts'

export interface Relation {
  readonly oid: number
  /** As `formatRelation` spells it. */
  readonly name: string
  /** `pg_class.relkind`. */
  readonly kind: string
  readonly filenode: number
  /** The partitioned table that it is a part of, spelled likewise. */
  readonly parent: string | null
}

export interface Measurement {
  /** The strongest lock on each relation that was there before, held by the transaction after the statement. */
  readonly locks: readonly Lock[]
  /** Tables that have another file than before. */
  readonly rewritten: readonly string[]
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
    parentSchema: string | null
    parent: string | null
  }>(
    `SELECT c.oid::int AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
            pg_relation_filenode(c.oid)::int AS filenode,
            pn.nspname::text AS "parentSchema", p.relname::text AS parent
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class p ON p.oid = i.inhparent
       LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
      WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`,
  )
  return rows.map(({ oid, schema, name, kind, filenode, parentSchema, parent }) => ({
    oid,
    name: formatRelation({ schema, name }),
    kind,
    filenode: filenode ?? 0,
    parent: parent === null ? null : formatRelation({ schema: parentSchema, name: parent }),
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
export async function measure(session: Session, before: readonly Relation[]): Promise<Measurement> {
  const names = new Map(before.map((relation) => [relation.oid, relation]))
  const named = (oids: readonly number[]) => oids.flatMap((oid) => names.get(oid)?.name ?? []).sort()
  const held = await ownLocks(session)
  const counted = [...(await ownCounters(session))]
  const after = new Map((await relationsOf(session)).map(({ oid, filenode }) => [oid, filenode]))
  const rewritten = before.filter(({ oid, filenode }) => (after.get(oid) ?? filenode) !== filenode)
  return {
    locks: strongestLocks(held, names),
    rewritten: named(rewritten.map(({ oid }) => oid)),
    scanned: named(counted.flatMap(([oid, { read }]) => (read > 0 ? [oid] : []))),
    changed: named(counted.flatMap(([oid, { changed }]) => (changed > 0 ? [oid] : []))),
  }
}

function strongestLocks(held: readonly HeldRow[], names: ReadonlyMap<number, Relation>): readonly Lock[] {
  const strongest = new Map<string, LockMode>()
  for (const { oid, mode } of held) {
    const name = names.get(oid)?.name
    if (name === undefined || !isLockMode(mode)) continue
    const known = strongest.get(name)
    if (known === undefined || lockModes.indexOf(mode) > lockModes.indexOf(known)) strongest.set(name, mode)
  }
  return [...strongest].map(([relation, mode]) => ({ relation, mode }))
}

export function isLockMode(mode: string): mode is LockMode {
  return (lockModes as readonly string[]).includes(mode)
}

/** Effects of statements that are known by their command tag and the relations they name. */
import { sourcesOf, tablesIn, tablesOfStatistics, tablesWithType, viewsOver } from '../catalog/dependents.ts'
import type { ActionOf } from '../model/statement.ts'
import type { LockMode } from '../postgres/lock-mode.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { droppedTypes } from '../sql/object-facts.ts'
import { changedDomain, createdView, droppedObjects, optionsOf } from '../sql/statement-facts.ts'
import { familyOf, heapsOf, lockFamily, tableOf, type Setting } from './relatives.ts'

/** COMMENT ON takes the object's own lock, and a reader's lock on the table of what has none. */
export function commentEffect(action: ActionOf<'comment'>, { draft }: Setting): void {
  if (action.relation === null) return
  const isRelation = ['TABLE', 'COLUMN', 'INDEX', 'VIEW', 'MATERIALIZED VIEW', 'SEQUENCE', 'FOREIGN TABLE']
  draft.lock(action.relation, isRelation.includes(action.on) ? 'ShareUpdateExclusive' : 'AccessShare')
}

interface TagEffect {
  /** On the relation named first; null: none. */
  readonly first: LockMode | null
  /** On the others. */
  readonly others: LockMode | null
  /** Partitions of the first one too. */
  readonly family?: boolean
}

const nothing: TagEffect = { first: null, others: null }
const first = (mode: LockMode): TagEffect => ({ first: mode, others: 'AccessShare' })
const every = (mode: LockMode): TagEffect => ({ first: mode, others: mode })

/** Measured on 14 to 18. Tags that touch no relation of the user's are in `harmless`. */
const tags: Readonly<Record<string, TagEffect>> = {
  'ALTER VIEW': first('AccessExclusive'),
  'DROP VIEW': every('AccessExclusive'),
  'ALTER MATERIALIZED VIEW': first('AccessExclusive'),
  'DROP MATERIALIZED VIEW': every('AccessExclusive'),
  'ALTER FOREIGN TABLE': first('AccessExclusive'),
  'DROP FOREIGN TABLE': every('AccessExclusive'),
  'CREATE TRIGGER': { first: 'ShareRowExclusive', others: 'AccessShare', family: true },
  'DROP TRIGGER': { ...first('AccessExclusive'), family: true },
  'ALTER TRIGGER': { ...first('AccessExclusive'), family: true },
  'CREATE RULE': first('AccessExclusive'),
  'DROP RULE': first('AccessExclusive'),
  'ALTER RULE': first('AccessExclusive'),
  'CREATE POLICY': first('AccessExclusive'),
  'ALTER POLICY': first('AccessExclusive'),
  'DROP POLICY': first('AccessExclusive'),
  'CREATE STATISTICS': every('ShareUpdateExclusive'),
  'ALTER STATISTICS': nothing,
  'CREATE SEQUENCE': { first: null, others: 'AccessShare' },
  'ALTER SEQUENCE': first('ShareRowExclusive'),
  'DROP SEQUENCE': every('AccessExclusive'),
  'CREATE PUBLICATION': every('ShareUpdateExclusive'),
  'ALTER PUBLICATION': every('ShareUpdateExclusive'),
  // Since 18: see `locksNothing`.
  GRANT: every('AccessShare'),
  REVOKE: every('AccessShare'),
  'SECURITY LABEL': every('ShareUpdateExclusive'),
  'CREATE FOREIGN TABLE': nothing,
  COMMENT: every('ShareUpdateExclusive'),
  'ALTER TABLE': every('AccessExclusive'),
}

/** No lock on a relation of the user's: new objects, roles, settings, sessions. */
const harmless: ReadonlySet<string> = new Set(
  listed(`
  CREATE FUNCTION, ALTER FUNCTION, CREATE PROCEDURE, ALTER PROCEDURE, CREATE AGGREGATE,
  ALTER AGGREGATE, ALTER ROUTINE, CREATE TYPE, ALTER TYPE, CREATE DOMAIN, CREATE SCHEMA, ALTER SCHEMA,
  CREATE EXTENSION, ALTER EXTENSION, CREATE ROLE, ALTER ROLE, DROP ROLE, GRANT ROLE, REVOKE ROLE,
  ALTER DEFAULT PRIVILEGES, CREATE DATABASE, ALTER DATABASE, DROP DATABASE, CREATE TABLESPACE,
  ALTER TABLESPACE, DROP TABLESPACE, ALTER SYSTEM, CREATE EVENT TRIGGER, ALTER EVENT TRIGGER,
  DROP EVENT TRIGGER, CREATE SUBSCRIPTION, ALTER SUBSCRIPTION, DROP SUBSCRIPTION, DROP PUBLICATION,
  CREATE COLLATION, ALTER COLLATION, CREATE CONVERSION, CREATE OPERATOR, ALTER OPERATOR,
  CREATE OPERATOR CLASS, CREATE OPERATOR FAMILY, ALTER OPERATOR FAMILY, CREATE CAST, CREATE LANGUAGE,
  CREATE TRANSFORM, CREATE ACCESS METHOD, CREATE SERVER, ALTER SERVER, CREATE FOREIGN DATA WRAPPER,
  ALTER FOREIGN DATA WRAPPER, CREATE USER MAPPING, ALTER USER MAPPING, DROP USER MAPPING,
  IMPORT FOREIGN SCHEMA, CREATE TEXT SEARCH CONFIGURATION, ALTER TEXT SEARCH CONFIGURATION,
  CREATE TEXT SEARCH DICTIONARY, ALTER TEXT SEARCH DICTIONARY, CREATE TEXT SEARCH PARSER,
  CREATE TEXT SEARCH TEMPLATE, SET CONSTRAINTS, SHOW, LISTEN, UNLISTEN, NOTIFY, LOAD, CHECKPOINT,
  DISCARD, DEALLOCATE, PREPARE, CLOSE CURSOR, COMMIT PREPARED, ROLLBACK PREPARED
`),
)

/** What they drop or run hangs on the database, and is not named: nothing to lock by name, and no promise either. */
const opaque: ReadonlySet<string> = new Set(
  listed(`
  DO, CALL, EXECUTE, DROP OWNED, REASSIGN OWNED
`),
)

/** Drops that reach tables by CASCADE only. */
const cascading: ReadonlySet<string> = new Set(
  listed(`
  DROP TYPE, DROP DOMAIN, DROP FUNCTION, DROP PROCEDURE, DROP ROUTINE, DROP AGGREGATE, DROP EXTENSION,
  DROP OPERATOR, DROP OPERATOR CLASS, DROP OPERATOR FAMILY, DROP COLLATION, DROP CAST, DROP LANGUAGE,
  DROP SERVER, DROP FOREIGN DATA WRAPPER, DROP TRANSFORM, DROP TEXT SEARCH CONFIGURATION,
  DROP TEXT SEARCH DICTIONARY, DROP ACCESS METHOD, DROP CONVERSION
`),
)

export function otherEffect(action: ActionOf<'other'>, setting: Setting): void {
  const { catalog, draft } = setting
  const { tag, relations, sql } = action
  if (harmless.has(tag) || locksNothing(tag, setting)) return
  if (opaque.has(tag)) return draft.unknown(`which relations ${tag} reaches`)
  if (cascading.has(tag)) {
    if (optionsOf(sql).cascade) dropCascading(tag, sql, setting)
    return
  }
  const effect = tags[tag]
  if (effect !== undefined) {
    lockNamed(relations, effect, setting)
    if (tag === 'DROP VIEW' || tag === 'DROP MATERIALIZED VIEW') lockViewsOver(action, setting)
    return
  }
  if (workEffect(action, setting)) return
  for (const relation of relations) {
    // A view that is only just made is not there to be locked.
    if (catalog.table(relation) !== 'absent') draft.lock(relation, 'AccessExclusive')
  }
  draft.unknown(`what ${tag} does`)
}

/** Of a type its columns go, on the tables that are known to have one. */
function dropCascading(tag: string, sql: string, { catalog, draft }: Setting): void {
  for (const type of droppedTypes(sql)) {
    for (const table of tablesWithType(catalog, catalog.resolveType(type)))
      draft.lock(table, 'AccessExclusive')
  }
  if (!catalog.complete || (tag !== 'DROP TYPE' && tag !== 'DROP DOMAIN'))
    draft.unknown(`which tables ${tag} … CASCADE reaches`)
}

/** 18 takes a reader's lock for GRANT and REVOKE, earlier releases none. */
function locksNothing(tag: string, { serverVersion }: Setting): boolean {
  return (tag === 'GRANT' || tag === 'REVOKE') && serverVersion.max < 18
}

function lockNamed(relations: readonly RelationName[], effect: TagEffect, setting: Setting): void {
  const [target, ...others] = relations
  if (target === undefined) return
  if (effect.first !== null) {
    if (effect.family === true) lockFamily(setting, target, effect.first)
    else setting.draft.lock(target, effect.first)
  }
  if (effect.others !== null) for (const other of others) setting.draft.lock(other, effect.others)
}

/** Statements that read or write tables in proportion to their size. False: not one of them. */
function workEffect(action: ActionOf<'other'>, setting: Setting): boolean {
  const { catalog, draft } = setting
  const { relations, sql } = action
  const [target, ...others] = relations
  switch (action.tag) {
    case 'CREATE VIEW': {
      // Only OR REPLACE meets a view that is there.
      if (target !== undefined && tableOf(catalog, target) !== null) draft.lock(target, 'AccessExclusive')
      for (const source of others) draft.lock(source, 'AccessShare')
      return true
    }
    case 'CREATE MATERIALIZED VIEW':
      return fillView(relations, sql, setting)
    case 'ALTER INDEX':
      return alterIndex(relations, sql, setting)
    case 'ALTER DOMAIN':
      return alterDomain(sql, setting)
    case 'DROP SCHEMA':
      return dropSchema(sql, setting)
    case 'DROP STATISTICS':
      return dropStatistics(sql, setting)
    case 'REFRESH MATERIALIZED VIEW': {
      if (target === undefined) return true
      const { concurrently } = optionsOf(sql)
      draft.lock(target, concurrently ? 'Exclusive' : 'AccessExclusive')
      if (concurrently) draft.change(target)
      else draft.rewrite(target)
      readSources(target, setting)
      return true
    }
    case 'CLUSTER':
      return rewriteAll(relations, setting)
    case 'VACUUM':
      if (optionsOf(sql).full) return rewriteAll(relations, setting)
      return scanAll(relations, setting)
    case 'ANALYZE':
      // A sample, whose size does not grow with the table.
      for (const table of relations) lockFamily(setting, table, 'ShareUpdateExclusive')
      return true
    case 'COPY':
      if (target === undefined) return true
      if (!optionsOf(sql).copiesFrom) {
        for (const source of relations) read(source, setting)
        return true
      }
      draft.lock(target, 'RowExclusive')
      draft.change(target)
      return true
    case 'MERGE':
    case 'INSERT':
    case 'UPDATE':
    case 'DELETE':
    case 'SELECT':
      return write(relations, action.tag, setting)
    case 'SELECT FOR UPDATE':
    case 'SELECT FOR NO KEY UPDATE':
    case 'SELECT FOR SHARE':
    case 'SELECT FOR KEY SHARE':
      return lockRows(relations, setting)
    case 'EXPLAIN':
    case 'DECLARE CURSOR':
      for (const source of relations) read(source, setting)
      return true
    default:
      return false
  }
}

/** WITH NO DATA the query is looked at and not run. */
function fillView(relations: readonly RelationName[], sql: string, setting: Setting): boolean {
  const view = createdView(sql)
  for (const source of relations) {
    if (isSameName(source, view?.name ?? null)) continue
    if (view?.filled === false) setting.draft.lock(source, 'AccessShare')
    else read(source, setting)
  }
  return true
}

function lockViewsOver({ relations, sql }: ActionOf<'other'>, { catalog, draft }: Setting): void {
  if (!optionsOf(sql).cascade) return
  const over = relations.flatMap((view) => viewsOver(catalog, view, null))
  for (const view of over) draft.lock(view, 'AccessExclusive')
}

function isSameName(one: RelationName, other: RelationName | null): boolean {
  return one.schema === other?.schema && one.name === other.name
}

function readSources(view: RelationName, setting: Setting): void {
  const sources = sourcesOf(setting.catalog, view)
  if (sources === null) setting.draft.unknown(`which tables ${setting.draft.nameOf(view)} reads`)
  for (const source of sources ?? []) read(source, setting)
}

/** SET TABLESPACE copies the file; ATTACH PARTITION locks the partition's index the harder. */
function alterIndex(indexes: readonly RelationName[], sql: string, { draft }: Setting): boolean {
  const [target, ...others] = indexes
  if (target === undefined) return true
  const { tablespace } = optionsOf(sql)
  draft.lock(target, tablespace ? 'AccessExclusive' : 'ShareUpdateExclusive')
  if (tablespace) draft.rewrite(target)
  for (const other of others) draft.lock(other, 'AccessExclusive')
  return true
}

/** A new constraint of a domain is held against every column of that type. */
function alterDomain(sql: string, { catalog, draft }: Setting): boolean {
  const domain = changedDomain(sql)
  if (domain === null || !domain.checks) return true
  for (const table of tablesWithType(catalog, domain.name)) {
    draft.lock(table, 'Share')
    draft.scan(table)
  }
  if (!catalog.complete) draft.unknown(`which tables have columns of the domain ${domain.name.name}`)
  return true
}

/** Without CASCADE it only succeeds on an empty schema. */
function dropSchema(sql: string, { catalog, draft }: Setting): boolean {
  if (!optionsOf(sql).cascade) return true
  const schemas = droppedObjects(sql).map(({ name }) => name)
  for (const table of tablesIn(catalog, schemas)) {
    draft.lock(table, 'AccessExclusive')
    for (const { references } of table.constraints) {
      if (references !== null) draft.lock(references, 'AccessExclusive')
    }
    for (const { table: other } of catalog.foreignKeysTo(table)) draft.lock(other, 'AccessExclusive')
    for (const view of viewsOver(catalog, table, null)) draft.lock(view, 'AccessExclusive')
  }
  if (!catalog.complete) draft.unknown(`which relations ${schemas.join(', ')} holds`)
  return true
}

function dropStatistics(sql: string, { catalog, draft }: Setting): boolean {
  for (const name of droppedObjects(sql)) {
    const tables = tablesOfStatistics(catalog, name)
    if (tables.length === 0) draft.unknown(`on which table the statistics ${name.name} stand`)
    for (const table of tables) draft.lock(table, 'ShareUpdateExclusive')
  }
  return true
}

/** SELECT … FOR UPDATE and its like: a lock on each row that is read, until the transaction ends. */
function lockRows(tables: readonly RelationName[], { draft }: Setting): boolean {
  for (const table of tables) {
    draft.lock(table, 'RowShare')
    draft.scan(table)
    draft.change(table)
  }
  return true
}

function read(table: RelationName, { draft }: Setting): void {
  draft.lock(table, 'AccessShare')
  draft.scan(table)
}

function rewriteAll(tables: readonly RelationName[], { catalog, draft }: Setting): boolean {
  if (tables.length === 0) draft.unknown('which tables are written anew')
  for (const table of tables) {
    for (const one of familyOf(catalog, table)) draft.lock(one, 'AccessExclusive')
    for (const heap of heapsOf(catalog, table)) draft.rewrite(heap)
  }
  return true
}

function scanAll(tables: readonly RelationName[], { catalog, draft }: Setting): boolean {
  for (const table of tables) {
    for (const one of familyOf(catalog, table)) draft.lock(one, 'ShareUpdateExclusive')
    for (const heap of heapsOf(catalog, table)) draft.scan(heap)
  }
  return true
}

/** A WITH that writes: which of the named tables it writes nobody has worked out, so it may be each of them. */
function write(tables: readonly RelationName[], tag: string, { draft }: Setting): boolean {
  const [target, ...others] = tables
  if (target === undefined) return true
  draft.lock(target, 'RowExclusive')
  draft.change(target)
  for (const other of others) {
    draft.scan(other)
    if (tag === 'MERGE') draft.lock(other, 'AccessShare')
    else {
      draft.lock(other, 'RowExclusive')
      draft.change(other)
    }
  }
  if (tag !== 'MERGE' && others.length > 0) draft.unknown(`which tables the WITH of ${tag} writes`)
  return true
}

/** The names of a list that is written as a text, with commas. */
function listed(text: string): string[] {
  return text.trim().split(/,\s+/)
}

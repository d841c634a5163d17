/** Effects of statements that are known by their command tag and the relations they name. */
import { hasPart, sourcesOf, tablesIn, tablesOf, tablesOfStatistics } from '../catalog/dependents.ts'
import { tablesWithTriggerOf, tablesWithType, viewsOver } from '../catalog/dependents.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { withoutHeirs } from '../catalog/state.ts'
import { sequencesNamedIn } from '../catalog/sequences.ts'
import type { Action, ActionOf } from '../model/statement.ts'
import type { LockMode } from '../postgres/lock-mode.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { droppedTypes } from '../sql/object-facts.ts'
import { alterSubcommands } from '../sql/alter-table.ts'
import { parseScript } from '../sql/parse-script.ts'
import { droppedRoutines } from '../sql/routine-body.ts'
import { changedComposite, changedDomain, createdView, droppedObjects } from '../sql/statement-facts.ts'
import { droppedTrigger, explained, isOnlyIn, isRenaming } from '../sql/statement-facts.ts'
import { isRowTrigger, isSequenceOption, optionsOf, prepared, rowLocks } from '../sql/statement-facts.ts'
import { skipsData, writtenIn } from '../sql/statement-facts.ts'
import { reach, readTable } from './read-table.ts'
import { strongestMode } from './table-effect.ts'
import { blockEffect, callEffect } from './routine-effect.ts'
import { familyOf, heapsOf, tableOf, type Setting } from './relatives.ts'

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
  'DROP MATERIALIZED VIEW': every('AccessExclusive'),
  'ALTER FOREIGN TABLE': first('AccessExclusive'),
  'DROP FOREIGN TABLE': every('AccessExclusive'),
  'DROP TRIGGER': { ...first('AccessExclusive'), family: true },
  'DROP RULE': first('AccessExclusive'),
  'ALTER RULE': first('AccessExclusive'),
  'CREATE POLICY': first('AccessExclusive'),
  'ALTER POLICY': first('AccessExclusive'),
  'DROP POLICY': first('AccessExclusive'),
  'CREATE STATISTICS': every('ShareUpdateExclusive'),
  'ALTER STATISTICS': nothing,
  'CREATE SEQUENCE': { first: null, others: 'AccessShare' },
  'DROP SEQUENCE': every('AccessExclusive'),
  'SECURITY LABEL': every('ShareUpdateExclusive'),
  'CREATE FOREIGN TABLE': nothing,
  COMMENT: every('ShareUpdateExclusive'),
  'ALTER TABLE': every('AccessExclusive'),
}

/** No lock on a relation of the user's: new objects, roles, settings, sessions. */
const harmless: ReadonlySet<string> = new Set(
  listed(`
  ALTER FUNCTION, ALTER PROCEDURE, CREATE AGGREGATE,
  ALTER AGGREGATE, ALTER ROUTINE, CREATE TYPE, CREATE DOMAIN, CREATE SCHEMA, ALTER SCHEMA,
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
  DISCARD, DEALLOCATE, CLOSE CURSOR, COMMIT PREPARED, ROLLBACK PREPARED
`),
)

/** What they drop or run hangs on the database, and is not named: nothing to lock by name, and no promise either. */
const opaque: ReadonlySet<string> = new Set(
  listed(`
  EXECUTE, DROP OWNED, REASSIGN OWNED
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
  if (harmless.has(tag)) return
  if (tag === 'DO') return blockEffect(sql, setting)
  if (tag === 'CALL') return callEffect(sql, setting)
  if (opaque.has(tag)) return draft.unknown(`which relations ${tag} reaches`)
  if (isMissingPart(action, setting)) return
  if (cascading.has(tag)) return cascadeEffect(action, setting)
  const effect = tags[tag]
  if (effect !== undefined) {
    lockNamed(relations, effect, setting)
    if (tag === 'DROP SEQUENCE') lockDefaultsOf(action, setting)
    if (tag === 'DROP VIEW' || tag === 'DROP MATERIALIZED VIEW') lockViewsOver(action, setting)
    return
  }
  if (objectEffect(action, setting) || workEffect(action, setting)) return
  for (const relation of relations) {
    // A view that is only just made is not there to be locked.
    if (catalog.table(relation) !== 'absent') draft.lock(relation, 'AccessExclusive')
  }
  draft.unknown(`what ${tag} does`)
}

function lockNamed(relations: readonly RelationName[], effect: TagEffect, setting: Setting): void {
  const [target, ...others] = relations
  if (target === undefined) return
  if (effect.first !== null) {
    setting.draft.lock(target, effect.first)
    const partitions = effect.family === true ? setting.catalog.partitionsOf(target) : []
    for (const partition of partitions) setting.draft.lock(partition, effect.first)
  }
  if (effect.others !== null) for (const other of others) setting.draft.lock(other, effect.others)
}

/** Statements that make, change or drop what stands on tables or beside them. False: not one of them. */
function objectEffect(action: ActionOf<'other'>, setting: Setting): boolean {
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
    case 'CREATE MATERIALIZED VIEW': {
      const own = createdView(sql)?.name ?? null
      const scans = !skipsData(sql)
      for (const source of relations) if (!isSameName(source, own)) readTable(source, { scans }, setting)
      return true
    }
    case 'CREATE FUNCTION':
    case 'CREATE PROCEDURE':
      // A body in BEGIN ATOMIC is read at once, any other only when it runs.
      for (const source of relations) readTable(source, { scans: false }, setting)
      return true
    case 'CREATE RULE':
      if (target !== undefined) draft.lock(target, 'AccessExclusive')
      for (const other of others) draft.lock(other, 'AccessShare')
      for (const other of writtenIn(sql)) draft.lock(other, 'RowExclusive')
      return true
    case 'CREATE TRIGGER':
      return createTrigger(relations, sql, setting)
    case 'ALTER TRIGGER':
      if (target === undefined) return true
      if (isRenaming(sql)) renameTrigger(target, setting)
      else draft.lock(target, 'AccessShare')
      return true
    case 'ALTER SEQUENCE':
      if (target === undefined) return true
      draft.lock(target, isSequenceOption(sql) ? 'ShareRowExclusive' : 'AccessExclusive')
      for (const other of others) draft.lock(other, 'AccessShare')
      return true
    case 'ALTER TYPE':
      return alterType(sql, setting)
    case 'ALTER MATERIALIZED VIEW':
      if (target !== undefined) draft.lock(target, strongestMode(alterSubcommands(sql)))
      return true
    case 'CREATE PUBLICATION':
    case 'ALTER PUBLICATION':
      return publish(relations, sql, setting)
    case 'GRANT':
    case 'REVOKE':
      // 18 takes a reader's lock, earlier releases none.
      if (setting.serverVersion.max >= 18) for (const one of relations) draft.lock(one, 'AccessShare')
      return true
    case 'ALTER INDEX':
      return alterIndex(relations, sql, setting)
    case 'ALTER DOMAIN':
      return alterDomain(sql, setting)
    case 'DROP SCHEMA':
      return dropSchema(sql, setting)
    case 'DROP STATISTICS':
      return dropStatistics(sql, setting)
    default:
      return false
  }
}

/** Statements that read or write tables in proportion to their size. False: not one of them. */
function workEffect(action: ActionOf<'other'>, setting: Setting): boolean {
  const { draft } = setting
  const { relations, sql } = action
  const [target] = relations
  switch (action.tag) {
    case 'REFRESH MATERIALIZED VIEW': {
      if (target === undefined) return true
      const { concurrently } = optionsOf(sql)
      draft.lock(target, concurrently ? 'Exclusive' : 'AccessExclusive')
      if (skipsData(sql)) return true
      if (concurrently) draft.change(target)
      else draft.rewrite(target)
      readSources(target, setting)
      return true
    }
    case 'CLUSTER':
      return rewriteAll(relations, withHeirsLeft(relations, setting))
    case 'VACUUM':
      if (optionsOf(sql).full) return rewriteAll(relations, vacuumed(relations, setting))
      return scanAll(relations, vacuumed(relations, setting))
    case 'ANALYZE':
      return analyze(relations, setting)
    case 'COPY':
      if (target === undefined) return true
      if (!optionsOf(sql).copiesFrom) {
        for (const source of relations) readTable(source, { scans: true }, setting)
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
      return lockRows(sql, setting)
    case 'EXPLAIN':
      return explain(sql, setting)
    case 'PREPARE':
      includeUnrun(prepared(sql) ?? '', setting)
      return true
    case 'DECLARE CURSOR':
      for (const source of relations) readTable(source, { scans: true }, setting)
      return true
    default:
      return false
  }
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
  for (const source of sources ?? []) readTable(source, { scans: true }, setting)
}

/** SET TABLESPACE copies the file; ATTACH PARTITION locks the partition's index the harder, and looks at both tables. */
function alterIndex(indexes: readonly RelationName[], sql: string, { catalog, draft }: Setting): boolean {
  const [target, ...others] = indexes
  if (target === undefined) return true
  const { tablespace } = optionsOf(sql)
  draft.lock(target, tablespace ? 'AccessExclusive' : 'ShareUpdateExclusive')
  if (tablespace) draft.rewrite(target)
  for (const other of others) draft.lock(other, 'AccessExclusive')
  for (const one of others.length > 0 ? indexes : []) {
    const found = catalog.index(one)
    if (typeof found !== 'string') draft.lock(found.table, 'AccessShare')
  }
  return true
}

/** A trigger FOR EACH STATEMENT is the table's own; one FOR EACH ROW is made on partitions too, and not on heirs. */
function createTrigger(
  relations: readonly RelationName[],
  sql: string,
  { catalog, draft }: Setting,
): boolean {
  const [table, ...others] = relations
  if (table === undefined) return true
  draft.lock(table, 'ShareRowExclusive')
  for (const one of isRowTrigger(sql) ? catalog.partitionsOf(table) : []) draft.lock(one, 'ShareRowExclusive')
  for (const other of others) draft.lock(other, 'AccessShare')
  return true
}

/** Up to 14 the triggers of partitions keep their names. Measured. */
function renameTrigger(table: RelationName, { catalog, draft, serverVersion }: Setting): void {
  draft.lock(table, 'AccessExclusive')
  if (serverVersion.max < 15) return
  for (const one of catalog.partitionsOf(table)) draft.lock(one, 'AccessExclusive')
}

/** Heirs are published with their parent, partitions by way of it. */
function publish(relations: readonly RelationName[], sql: string, { catalog, draft }: Setting): boolean {
  for (const table of relations) {
    draft.lock(table, 'ShareUpdateExclusive')
    for (const heir of isOnlyIn(sql, table) ? [] : catalog.heirsOf(table))
      draft.lock(heir, 'ShareUpdateExclusive')
  }
  return true
}

/** A composite type changes with the tables that are made OF it. */
function alterType(sql: string, { catalog, draft }: Setting): boolean {
  const type = changedComposite(sql)
  if (type === null) return true
  draft.lock(type, 'AccessExclusive')
  for (const table of tablesOf(catalog, type)) draft.lock(table, 'AccessExclusive')
  if (!catalog.complete) draft.unknown(`which tables are made OF ${type.name}`)
  return true
}

/** A sample, whose size does not grow with the table; without names, of every table. Measured: heirs only on 18. */
function analyze(relations: readonly RelationName[], { catalog, draft, serverVersion }: Setting): boolean {
  const held = ['table', 'partitioned-table', 'materialized-view']
  const all = tablesIn(catalog, null).filter(({ kind }) => held.includes(kind))
  if (relations.length === 0 && !catalog.complete) draft.unknown('which tables ANALYZE goes through')
  const heirMode = serverVersion.max >= 18 ? 'ShareUpdateExclusive' : 'AccessShare'
  for (const table of relations.length === 0 ? all : relations) {
    for (const one of [table, ...catalog.partitionsOf(table)]) draft.lock(one, 'ShareUpdateExclusive')
    for (const heir of catalog.heirsOf(table)) draft.lock(heir, heirMode)
  }
  return true
}

/** EXPLAIN plans the statement, which takes its locks; ANALYZE runs it. */
function explain(sql: string, setting: Setting): boolean {
  const inner = explained(sql)
  if (inner === null) return true
  if (!inner.runs) return includeUnrun(inner.sql, setting)
  for (const action of actionsIn(inner.sql)) {
    setting.draft.include(setting.effectOf(action, setting.catalog, setting.within))
  }
  return true
}

/** The locks of a statement that is planned and not run. */
function includeUnrun(sql: string, { catalog, draft, effectOf, within }: Setting): boolean {
  for (const action of actionsIn(sql)) {
    const { locks, unknowns } = effectOf(action, catalog, within)
    draft.include({ locks, unknowns, rewrites: [], scans: [], builds: [], changesRows: [] })
  }
  return true
}

function actionsIn(sql: string): readonly Action[] {
  return parseScript(sql, '').statements.flatMap(({ actions }) => actions)
}

/** DROP … IF EXISTS of a trigger, rule or policy that the catalog knows not to be there locks nothing. */
function isMissingPart({ tag, sql, relations }: ActionOf<'other'>, { catalog }: Setting): boolean {
  const [table] = relations
  if (table === undefined || !optionsOf(sql).ifExists || !catalog.complete) return false
  if (tag === 'DROP TRIGGER') {
    const name = droppedTrigger(sql)
    return tableOf(catalog, table)?.triggers.some((one) => one.name === name) === false
  }
  return (tag === 'DROP RULE' || tag === 'DROP POLICY') && !hasPart(catalog, sql)
}

/** Without CASCADE nothing that has the type or calls the function may be left. */
function cascadeEffect({ tag, sql }: ActionOf<'other'>, { catalog, draft }: Setting): void {
  if (!optionsOf(sql).cascade) return
  const lock = (table: RelationName) => draft.lock(table, 'AccessExclusive')
  switch (tag) {
    case 'DROP TYPE':
    case 'DROP DOMAIN':
      for (const name of droppedTypes(sql)) {
        // Only a composite type has a relation.
        if (isRelation(catalog, name)) lock(name)
        for (const table of [...tablesWithType(catalog, name), ...tablesOf(catalog, name)]) lock(table)
      }
      if (catalog.complete) return
      break
    case 'DROP FUNCTION':
      for (const table of tablesWithTriggerOf(catalog, droppedRoutines(sql))) {
        for (const one of [table, ...catalog.partitionsOf(table)]) lock(one)
      }
      break
    case 'DROP SERVER':
    case 'DROP FOREIGN DATA WRAPPER':
      for (const table of tablesIn(catalog, null)) if (table.kind === 'foreign-table') lock(table)
      break
    case 'DROP EXTENSION':
      for (const { name } of droppedObjects(sql)) {
        for (const table of tablesWithType(catalog, { schema: null, name })) lock(table)
      }
  }
  draft.unknown(`which tables ${tag} … CASCADE reaches`)
}

function isRelation(catalog: Catalog, name: RelationName): boolean {
  const resolved = catalog.resolveType(name)
  return catalog.isRelationNameTaken(resolved.schema, resolved.name) === 'yes'
}

/** Columns whose default a sequence gives lose it. */
function lockDefaultsOf({ relations, sql }: ActionOf<'other'>, { catalog, draft }: Setting): void {
  if (!optionsOf(sql).cascade) return
  const dropped = new Set(relations.map((one) => draft.nameOf(one)))
  for (const table of tablesIn(catalog, null)) {
    const isUser = table.columns.some(
      ({ default: value }) =>
        value?.includes('nextval') === true &&
        sequencesNamedIn(catalog, `SELECT ${value}`).some((one) => dropped.has(draft.nameOf(one))),
    )
    if (isUser) draft.lock(table, 'AccessExclusive')
  }
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
function lockRows(sql: string, setting: Setting): boolean {
  const { locked, read } = rowLocks(sql)
  for (const table of read) readTable(table, { scans: true }, setting)
  for (const table of locked) {
    reach(table, 'RowShare', setting, (heap) => {
      setting.draft.scan(heap)
      setting.draft.change(heap)
    })
  }
  return true
}

/** 18 goes on to heirs. https://www.postgresql.org/docs/18/sql-vacuum.html */
function vacuumed(tables: readonly RelationName[], setting: Setting): Setting {
  return setting.serverVersion.max >= 18 ? setting : withHeirsLeft(tables, setting)
}

function withHeirsLeft(tables: readonly RelationName[], setting: Setting): Setting {
  return { ...setting, catalog: tables.reduce(withoutHeirs, setting.catalog) }
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

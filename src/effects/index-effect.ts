import type { ActionOf } from '../model/statement.ts'
import type { IndexSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { withoutHeirs } from '../catalog/state.ts'
import { tablesIn } from '../catalog/dependents.ts'
import { familyOf, heapsOf, tableOf, type Setting } from './relatives.ts'

export function createIndexEffect(action: ActionOf<'create-index'>, { catalog, draft }: Setting): void {
  const mode = action.concurrently ? 'ShareUpdateExclusive' : 'Share'
  const tables = action.only ? [catalog.resolve(action.table)] : familyOf(catalog, action.table)
  const schema = catalog.resolve(action.table).schema
  const isThere = action.index !== null && catalog.isRelationNameTaken(schema, action.index) === 'yes'
  // IF NOT EXISTS locks the table before it looks.
  for (const table of isThere ? [action.table] : tables) draft.lock(table, mode)
  if (isThere && action.ifNotExists) return
  const isParent = tableOf(catalog, action.table)?.kind === 'partitioned-table'
  if (action.only && isParent) return
  for (const heap of action.only ? [action.table] : heapsOf(catalog, action.table)) {
    if (!isParent || !hasTwin(heap, action, catalog)) draft.build(heap)
  }
}

/** A partition's index that is like the new one is attached to it: CompareIndexInfo, index.c. */
function hasTwin(partition: RelationName, action: ActionOf<'create-index'>, catalog: Catalog): boolean {
  if (action.partial || action.columns.includes(null)) return false
  const indexes = tableOf(catalog, partition)?.indexes ?? []
  return indexes.some(
    ({ unique, valid, method, columns, include, partial }) =>
      valid &&
      !partial &&
      unique === action.unique &&
      method === action.method &&
      columns.join('\0') === action.columns.join('\0') &&
      include.join('\0') === action.include.join('\0'),
  )
}

export function dropIndexEffect(action: ActionOf<'drop-index'>, setting: Setting): void {
  const { catalog, draft } = setting
  const found = catalog.index(action.index)
  if (found === 'absent') return
  const mode = action.concurrently ? 'ShareUpdateExclusive' : 'AccessExclusive'
  if (found === 'unknown') {
    draft.lock(action.index, mode)
    return draft.unknown(`on which table ${draft.nameOf(action.index)} stands`)
  }
  const { table, index } = found
  for (const one of [table, ...catalog.partitionsOf(table)]) draft.lock(one, mode)
  if (!catalog.isNew(table)) draft.lock({ schema: table.schema, name: index.name }, mode)
  if (action.cascade && index.unique) lockReferencing(setting, table, index)
}

/** Foreign keys may hang on a unique index without a constraint; CASCADE drops them, and locks both their tables. */
function lockReferencing({ catalog, draft }: Setting, table: TableSnapshot, index: IndexSnapshot): void {
  for (const { table: other, constraint } of catalog.foreignKeysTo(table)) {
    const columns = constraint.references?.columns ?? []
    const isOver =
      columns.length === index.columns.length && columns.every((one) => index.columns.includes(one))
    if (isOver) draft.lock(other, 'AccessExclusive')
  }
}

export function renameIndexEffect(action: ActionOf<'rename-index'>, { catalog, draft }: Setting): void {
  const found = catalog.index(action.index)
  if (typeof found === 'string') draft.lock(action.index, 'ShareUpdateExclusive')
  else if (!catalog.isNew(found.table)) {
    draft.lock({ schema: found.table.schema, name: found.index.name }, 'ShareUpdateExclusive')
  }
}

export function reindexEffect(action: ActionOf<'reindex'>, setting: Setting): void {
  const { catalog, draft } = setting
  switch (action.target) {
    case 'index': {
      const found = catalog.index(action.name)
      if (typeof found !== 'string') return reindexTable(action, found.table, [found.index], setting)
      if (found === 'absent') return
      draft.lock(action.name, action.concurrently ? 'ShareUpdateExclusive' : 'AccessExclusive')
      draft.build(action.name)
      return draft.unknown(`on which table ${draft.nameOf(action.name)} stands`)
    }
    case 'table': {
      const table = tableOf(catalog, action.name)
      if (table !== null) return reindexTable(action, table, table.indexes, setting)
      draft.unknown(`which indexes ${draft.nameOf(action.name)} has`)
      return reindexTable(action, action.name, [], setting)
    }
    case 'schema':
      return reindexAll(action, tablesIn(catalog, [action.name.name]), setting)
    case 'database':
      return reindexAll(action, tablesIn(catalog, null), setting)
    case 'system':
      // PostgreSQL's own catalogs, of which no catalog of ours speaks.
      return draft.unknown('which catalogs REINDEX SYSTEM goes through')
  }
}

function reindexAll(action: ActionOf<'reindex'>, tables: readonly TableSnapshot[], setting: Setting): void {
  for (const table of tables) {
    if (table.kind === 'table' || table.kind === 'materialized-view') {
      reindexTable(action, table, table.indexes, setting)
    }
  }
  if (!setting.catalog.complete) {
    setting.draft.unknown(`which tables REINDEX ${action.target.toUpperCase()} goes through`)
  }
}

/** The index's own AccessExclusive lock stops readers too: planning a query opens every index of the table. */
function reindexTable(
  action: ActionOf<'reindex'>,
  table: RelationName,
  indexes: readonly IndexSnapshot[],
  { catalog, draft }: Setting,
): void {
  if (catalog.isNew(table)) return
  const { schema } = catalog.resolve(table)
  const mode = action.concurrently ? 'ShareUpdateExclusive' : 'Share'
  draft.lock(table, mode)
  for (const one of catalog.partitionsOf(table)) {
    if (!action.concurrently || one.kind === 'table') draft.lock(one, mode)
  }
  // All partitions at once, before they are gone through one by one: ReindexPartitions, indexcmds.c.
  const isListed = action.target === 'table' && action.concurrently
  for (const one of isListed ? catalog.partitionsOf(table) : []) draft.lock(one, 'Share')
  for (const { name } of indexes) {
    draft.lock({ schema, name }, action.concurrently ? 'ShareUpdateExclusive' : 'AccessExclusive')
  }
  // A table without indexes has nothing to build.
  const isBare = indexes.length === 0 && tableOf(catalog, table) !== null
  if (!isBare) for (const heap of heapsOf(withoutHeirs(catalog, table), table)) draft.build(heap)
}

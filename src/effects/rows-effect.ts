import type { Catalog } from '../catalog/catalog.ts'
import { onDeleteOf } from '../catalog/constraint-facts.ts'
import { isFoundByIndex } from '../catalog/index-facts.ts'
import type { ActionOf, Expression } from '../model/statement.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { pinnedColumns } from '../sql/statement-facts.ts'
import { isSameRelation, tableOf, type Setting } from './relatives.ts'

export function rowsEffect(
  action: ActionOf<'insert' | 'update' | 'delete' | 'select'>,
  setting: Setting,
): void {
  const { catalog, draft } = setting
  const target = action.kind === 'select' ? null : catalog.resolve(action.table)
  for (const source of action.reads) {
    if (target !== null && isSameRelation(catalog.resolve(source), target)) continue
    draft.lock(source, 'AccessShare')
    draft.scan(source)
  }
  if (action.kind === 'select') return
  draft.lock(action.table, 'RowExclusive')
  switch (action.kind) {
    case 'insert':
      // How many rows a query yields only the database can count.
      if (action.valueRows === null) draft.change(action.table)
      return lookUpReferenced(action.table, null, setting)
    case 'update':
      if (isGrowing(action.table, action.where, setting)) draft.change(action.table)
      return lookUpReferenced(
        action.table,
        action.set.map(({ column }) => column),
        setting,
      )
    case 'delete': {
      const isMass = isGrowing(action.table, action.where, setting)
      if (isMass) draft.change(action.table)
      return deleteReferencing(action.table, isMass, setting)
    }
  }
}

/** Does the number of rows grow with the table? Not where WHERE holds a whole unique key equal to constants. */
function isGrowing(table: RelationName, where: Expression | null, { catalog, draft }: Setting): boolean {
  if (where === null) return true
  const pinned = pinnedColumns(where.sql)
  if (pinned.length === 0) return true
  const known = tableOf(catalog, table)
  if (known === null && catalog.table(table) === 'unknown') {
    draft.unknown(`whether ${pinned.join(', ')} holds a unique key of ${draft.nameOf(table)}`)
  }
  return !hasUniqueKeyIn(table, pinned, catalog)
}

function hasUniqueKeyIn(table: RelationName, columns: readonly string[], catalog: Catalog): boolean {
  const indexes = tableOf(catalog, table)?.indexes ?? []
  return indexes.some(
    (index) =>
      index.unique &&
      index.valid &&
      !index.partial &&
      index.columns.every((column) => column !== null && columns.includes(column)),
  )
}

/** Foreign keys look up each new value with SELECT … FOR KEY SHARE on the referenced table. */
function lookUpReferenced(
  table: RelationName,
  columns: readonly string[] | null,
  { catalog, draft }: Setting,
): void {
  for (const { references, columns: own } of tableOf(catalog, table)?.constraints ?? []) {
    const isTouched = columns === null || own.some((column) => columns.includes(column))
    if (references !== null && isTouched) draft.lock(references, 'RowShare')
  }
}

/** ON DELETE CASCADE and SET NULL change the referencing rows too; without an index they are found by a scan each. */
function deleteReferencing(table: RelationName, isMass: boolean, { catalog, draft }: Setting): void {
  for (const { table: other, constraint } of catalog.foreignKeysTo(table)) {
    const onDelete = onDeleteOf(constraint)
    const changes = onDelete !== 'no-action' && onDelete !== 'restrict'
    draft.lock(other, changes ? 'RowExclusive' : 'RowShare')
    if (changes && isMass) draft.change(other)
    if (!isFoundByIndex(other, constraint.columns)) draft.scan(other)
  }
}

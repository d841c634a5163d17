import type { Catalog } from '../catalog/catalog.ts'
import { onDeleteOf } from '../catalog/constraint-facts.ts'
import { isFoundByIndex } from '../catalog/index-facts.ts'
import type { ActionOf, Expression } from '../model/statement.ts'
import type { QualifiedName, RelationName } from '../postgres/relation-name.ts'
import { insertedColumns, pinnedColumns, rowLocks } from '../sql/statement-facts.ts'
import { calledFunctions } from '../sql/called-functions.ts'
import { sequencesNamedIn, sequencesOf } from '../catalog/sequences.ts'
import { callEffect } from './routine-effect.ts'
import { reach, readTable } from './read-table.ts'
import { familyOf, isSameRelation, lockFamily, tableOf, type Setting } from './relatives.ts'

export function rowsEffect(
  action: ActionOf<'insert' | 'update' | 'delete' | 'select'>,
  setting: Setting,
): void {
  const { catalog } = setting
  const target = action.kind === 'select' ? null : catalog.resolve(action.table)
  for (const source of action.reads) {
    if (target !== null && isSameRelation(catalog.resolve(source), target)) continue
    readTable(source, { scans: true }, setting)
  }
  callEffect(action.sql, setting)
  for (const name of sequencesAdvanced(action.sql, setting)) setting.draft.lock(name, 'RowExclusive')
  if (action.kind === 'select') return
  switch (action.kind) {
    case 'insert':
      // How many rows a query yields only the database can count.
      writeRows(action.table, action.valueRows === null, setting)
      for (const name of rowLocks(action.sql).locked) lockFamily(setting, name, 'RowShare')
      lockDefaults(action, setting)
      return lookUpReferenced(action.table, null, setting)
    case 'update':
      writeRows(action.table, isGrowing(action.table, action.where, setting), setting)
      return lookUpReferenced(
        action.table,
        action.set.map(({ column }) => column),
        setting,
      )
    case 'delete': {
      const isMass = isGrowing(action.table, action.where, setting)
      writeRows(action.table, isMass, setting)
      return deleteReferencing(action.table, isMass, setting)
    }
  }
}

/** Which partitions rows are in is not worked out: it may be all. */
function writeRows(table: RelationName, isMass: boolean, setting: Setting): void {
  reach(table, 'RowExclusive', setting, (heap) => {
    if (isMass) setting.draft.change(heap)
  })
}

/** nextval and setval take a lock on the sequence, which ALTER SEQUENCE waits for, and the other way round. */
function sequencesAdvanced(sql: string, { catalog }: Setting): readonly QualifiedName[] {
  const isAdvanced = calledFunctions(sql).some((name) => name.endsWith('nextval') || name.endsWith('setval'))
  return isAdvanced ? sequencesNamedIn(catalog, sql) : []
}

/** The sequences that give a row what the statement leaves out. */
function lockDefaults(action: ActionOf<'insert'>, { catalog, draft }: Setting): void {
  const given = insertedColumns(action.sql)
  if (given === null) return
  for (const { name, default: value, identity } of tableOf(catalog, action.table)?.columns ?? []) {
    if (given.includes(name)) continue
    if (value?.includes('nextval') === true) {
      for (const sequence of sequencesNamedIn(catalog, `SELECT ${value}`))
        draft.lock(sequence, 'RowExclusive')
    }
    if (identity === null) continue
    for (const one of sequencesOf(catalog, action.table, name))
      if (one.identity) draft.lock(one.name, 'RowExclusive')
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
    if (references === null || !isTouched) continue
    for (const one of familyOf(catalog, references)) draft.lock(one, 'RowShare')
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

import type { Catalog } from '../../catalog/catalog.ts'
import type { ActionOf } from '../../model/statement.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../../postgres/relation-name.ts'
import { columnObjects, rowsObject, tableObject, touching } from '../../rules/steps/objects.ts'
import { insertedObjects, partnerRows, updatedObjects } from '../../rules/steps/row-objects.ts'
import { undoNever, undoNothing } from '../../rules/steps/step-sketch.ts'
import { isOld, rowsStep, type NativeAnswer, type NativeContext } from './answer.ts'
import { copyOf } from './tables.ts'

export function insertRows(action: ActionOf<'insert'>, { catalog }: NativeContext): NativeAnswer {
  const copied = action.valueRows === null ? action.reads.filter((table) => isOld(catalog, table)) : []
  if (copied.length > 0) return copyOf(catalog, copied)
  const table = catalog.resolve(action.table)
  const name = formatRelation(table)
  const count =
    action.valueRows === null ? 'rows' : action.valueRows === 1 ? 'one row' : `${action.valueRows} rows`
  return {
    steps: [
      rowsStep({
        slug: `insert into ${table.name}`,
        title: `Insert ${count} into ${name}`,
        phase: 'expand',
        sql: action.sql,
        touches: touching({
          changes: [rowsObject(table)],
          reads: [
            ...insertedObjects(catalog, action.table),
            ...rowsRead(catalog, action),
            ...partnerRows(catalog, action.table),
          ],
        }),
        before: [],
        after: [],
        undo: undoOfRows(catalog, action.table, table, 'which rows were inserted is not known to the plan'),
      }),
    ],
  }
}

export function changeRows(action: ActionOf<'update' | 'delete'>, { catalog }: NativeContext): NativeAnswer {
  const table = catalog.resolve(action.table)
  const verb = action.kind === 'update' ? 'Update' : 'Delete'
  const read = action.kind === 'update' ? action.set.flatMap(({ expression }) => expression.columns) : []
  const written = action.kind === 'update' ? action.set.map(({ column }) => column) : []
  return {
    steps: [
      rowsStep({
        slug: `${verb} ${table.name}`,
        title: `${verb} rows of ${formatRelation(table)}`,
        phase: catalog.isNew(action.table) ? 'expand' : 'backfill',
        sql: action.sql,
        touches: touching({
          changes:
            action.kind === 'update' ? updatedObjects(catalog, action.table, written) : [rowsObject(table)],
          reads: [
            tableObject(table),
            ...columnObjects(table, [...written, ...read, ...(action.where?.columns ?? [])]),
            ...rowsRead(catalog, action),
            ...partnerRows(catalog, action.table),
          ],
        }),
        before: [],
        after: [],
        undo: undoOfRows(catalog, action.table, table, 'what the rows were before is not kept'),
      }),
    ],
  }
}

function rowsRead(
  catalog: Catalog,
  { reads }: { readonly reads: readonly RelationName[] },
): readonly string[] {
  return reads.flatMap((name) => {
    const table = catalog.resolve(name)
    return [tableObject(table), rowsObject(table)]
  })
}

function undoOfRows(catalog: Catalog, name: RelationName, table: QualifiedName, because: string) {
  return catalog.isNew(name)
    ? undoNothing(`${formatRelation(table)} is a table of this plan`)
    : undoNever(because)
}

import type { Catalog } from '../../catalog/catalog.ts'
import type { Action, ActionOf } from '../../model/statement.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../../postgres/relation-name.ts'
import { columnObjects, defaultObject, rowsObject, tableObject, touching } from '../../rules/steps/objects.ts'
import { undoNever, undoNothing } from '../../rules/steps/step-sketch.ts'
import { isOld, rowsStep, type NativeAnswer, type NativeContext } from './answer.ts'
import { copyOf } from './tables.ts'

export function insertRows(action: ActionOf<'insert'>, { catalog }: NativeContext): NativeAnswer {
  const copied = action.reads.filter((table) => isOld(catalog, table))
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
            ...tableAndColumns(catalog, action.table),
            ...rowsRead(catalog, action),
            ...partners(catalog, action),
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
          changes: [rowsObject(table)],
          reads: [
            tableObject(table),
            ...columnObjects(table, [...written, ...read, ...(action.where?.columns ?? [])]),
            ...rowsRead(catalog, action),
            ...partners(catalog, action),
          ],
        }),
        before: [],
        after: [],
        undo: undoOfRows(catalog, action.table, table, 'what the rows were before is not kept'),
      }),
    ],
  }
}

/** An INSERT relies on every column that it does not name: on its default, or on its not being there any more. */
function tableAndColumns(catalog: Catalog, name: RelationName): readonly string[] {
  const table = catalog.table(name)
  const resolved = catalog.resolve(name)
  const columns = typeof table === 'string' ? [] : table.columns.map((column) => column.name)
  return [
    tableObject(resolved),
    ...columnObjects(resolved, columns),
    ...columns.map((column) => defaultObject(resolved, column)),
  ]
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

/** Rows on the other side of foreign keys must be there, or must be gone, by then. */
function partners(catalog: Catalog, action: Extract<Action, { table: RelationName }>): readonly string[] {
  const table = catalog.table(action.table)
  const referenced =
    typeof table === 'string'
      ? []
      : table.constraints.flatMap(({ references }) => (references === null ? [] : [rowsObject(references)]))
  const referencing = catalog.foreignKeysTo(action.table).map((key) => rowsObject(key.table))
  return [...referenced, ...referencing]
}

function undoOfRows(catalog: Catalog, name: RelationName, table: QualifiedName, because: string) {
  return catalog.isNew(name)
    ? undoNothing(`${formatRelation(table)} is a table of this plan`)
    : undoNever(because)
}

/** What a statement that writes rows relies on, beside the table itself. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { RelationName } from '../../postgres/relation-name.ts'
import { triggersFired } from './batches.ts'
import { columnObjects, defaultObject, rowsObject, tableObject, valuesObjects } from './objects.ts'

/** An INSERT relies on every column that it does not name: on its default, or on its not being there any more. */
export function insertedObjects(catalog: Catalog, name: RelationName): readonly string[] {
  const table = catalog.table(name)
  const resolved = catalog.resolve(name)
  const columns = typeof table === 'string' ? [] : table.columns.map((column) => column.name)
  return [
    tableObject(resolved),
    ...columnObjects(resolved, columns),
    ...columns.map((column) => defaultObject(resolved, column)),
  ]
}

/** Rows on the other side of foreign keys must be there, or must be gone, by then. */
export function partnerRows(catalog: Catalog, name: RelationName): readonly string[] {
  const table = catalog.table(name)
  const referenced =
    typeof table === 'string'
      ? []
      : table.constraints.flatMap(({ references }) => (references === null ? [] : [rowsObject(references)]))
  return [...referenced, ...catalog.foreignKeysTo(name).map((key) => rowsObject(key.table))]
}

/** What an UPDATE changes: the values that it sets, and whatever the triggers that it fires make of them. */
export function updatedObjects(
  catalog: Catalog,
  name: RelationName,
  columns: readonly string[],
): readonly string[] {
  const table = catalog.table(name)
  const resolved = catalog.resolve(name)
  const isAlone = typeof table === 'object' && triggersFired(catalog, table, 'update').length === 0
  return [rowsObject(resolved), ...(isAlone ? valuesObjects(resolved, columns) : [])]
}

import type { Catalog } from '../../catalog/catalog.ts'
import type { ConstraintDefinition } from '../../model/statement.ts'
import type { RelationName } from '../../postgres/relation-name.ts'
import { columnObjects, constraintObject, indexObject, tableObject } from '../../rules/steps/objects.ts'
import { beside } from './answer.ts'

/** What a foreign key relies on in the table that it references, when no row has a value for it yet. */
export function referenceObjects(catalog: Catalog, constraint: ConstraintDefinition): readonly string[] {
  if (constraint.kind !== 'foreign-key') return []
  const table = catalog.resolve(constraint.references)
  return [
    tableObject(table),
    ...columnObjects(table, constraint.referencedColumns),
    ...keyObjects(catalog, constraint.references, constraint.referencedColumns),
  ]
}

/** The unique constraints and indexes of a table over just these columns; over none of them: its primary key. */
export function keyObjects(
  catalog: Catalog,
  name: RelationName,
  columns: readonly string[],
): readonly string[] {
  const table = catalog.table(name)
  if (typeof table === 'string') return []
  const wanted = [...columns].sort().join('\n')
  const same = (list: readonly (string | null)[]) =>
    list
      .map((column) => column ?? '')
      .sort()
      .join('\n') === wanted
  const constraints = table.constraints.filter(({ kind, columns: key }) =>
    kind === 'primary-key' ? columns.length === 0 || same(key) : kind === 'unique' && same(key),
  )
  const indexes = table.indexes.filter((index) => index.unique && same(index.columns))
  return [
    ...constraints.map((one) => constraintObject(table, one.name)),
    ...indexes.map((one) => indexObject(beside(table, one.name))),
  ]
}

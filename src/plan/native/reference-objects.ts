import type { Catalog } from '../../catalog/catalog.ts'
import type { ConstraintDefinition } from '../../model/statement.ts'
import { keyObjects } from '../../rules/steps/key-objects.ts'
import { columnObjects, tableObject } from '../../rules/steps/objects.ts'

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

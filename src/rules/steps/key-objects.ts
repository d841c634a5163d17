import type { Catalog } from '../../catalog/catalog.ts'
import type { RelationName } from '../../postgres/relation-name.ts'
import { constraintObject, indexObject } from './objects.ts'

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
    ...indexes.map((one) => indexObject({ schema: table.schema, name: one.name })),
  ]
}

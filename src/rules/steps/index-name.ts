import type { Catalog } from '../../catalog/catalog.ts'
import type { ActionOf } from '../../model/statement.ts'
import { indexName } from '../../postgres/generated-name.ts'

/** The author's name for an index, or PostgreSQL's; null where PostgreSQL makes it from an expression. */
export function indexNameOf(action: ActionOf<'create-index'>, catalog: Catalog): string | null {
  if (action.index !== null) return action.index
  const columns = action.columns.filter((column) => column !== null)
  if (columns.length < action.columns.length) return null
  const { schema, name } = catalog.resolve(action.table)
  return indexName(
    name,
    [...columns, ...action.include],
    (candidate) => catalog.isRelationNameTaken(schema, candidate) === 'yes',
  )
}

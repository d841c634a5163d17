/** What an UPDATE puts into a column, where that is the same for every row and can be the default of the column. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { ActionOf, Expression } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { isImmutable } from '../../postgres/immutable.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { scalarQuery } from '../../sql/scalar-query.ts'

type Update = ActionOf<'update'>

/** A query of the author's that the plan asks by itself, and of which it keeps the answer. */
export interface CaptureQuery {
  readonly sql: string
  readonly reads: readonly QualifiedName[]
  /** Names of columns in it, of whichever table. */
  readonly columns: readonly string[]
}

export type FoldValue =
  /** `sql`: as DEFAULT writes it. */
  | { readonly kind: 'constant'; readonly sql: string }
  | { readonly kind: 'query'; readonly query: CaptureQuery }

/** Why there is none, as the end of `… is not folded: `. */
export type NoValue = { readonly because: string }

export function valueOf(expression: Expression, update: Update, catalog: Catalog): FoldValue | NoValue {
  if (expression.isNull) return { because: 'it sets NULL' }
  if (expression.sql.toUpperCase() === 'DEFAULT') return { because: 'it sets the default' }
  if (expression.constant) return { kind: 'constant', sql: expression.sql }
  if (expression.hasSubquery) return queryOf(expression, update, catalog)
  if (expression.columns.length > 0) {
    return { because: `each row gets a value of its own, made of ${expression.columns.join(', ')}` }
  }
  const changing = expression.functions.filter((name) => !isImmutable(name))
  if (changing.length > 0) {
    return { because: `${changing.join('(), ')}() may give another value at another time` }
  }
  return { kind: 'constant', sql: `(${expression.sql})` }
}

function queryOf(expression: Expression, update: Update, catalog: Catalog): FoldValue | NoValue {
  const query = scalarQuery(expression.sql)
  if (query === null) {
    return { because: 'its value comes from more than a plain query for one column' }
  }
  const changing = expression.functions.filter((name) => !isImmutable(name))
  if (changing.length > 0) {
    return { because: `${changing.join('(), ')}() in its query may give another value at another time` }
  }
  const target = catalog.resolve(update.table)
  const reads = query.reads.map((name) => catalog.resolve(name))
  if (reads.some((one) => formatRelation(one) === formatRelation(target))) {
    return { because: `its query reads ${formatRelation(target)} itself` }
  }
  const outer = query.columns.filter(
    ({ qualifier, name }) => !isOfQuery(qualifier, name, query, update, catalog),
  )
  if (outer.length > 0) {
    const names = outer.map(({ name }) => quoteIdentifier(name)).join(', ')
    return {
      because: `its query may read ${names} of the row that it changes, and so differ from row to row`,
    }
  }
  const columns = query.columns.map(({ name }) => name)
  return { kind: 'query', query: { sql: query.sql, reads, columns } }
}

/** Certainly not a column of the row that is updated. */
function isOfQuery(
  qualifier: string | null,
  name: string,
  query: { readonly reads: ReadonlyArray<Update['table']>; readonly names: ReadonlySet<string> },
  update: Update,
  catalog: Catalog,
): boolean {
  if (qualifier !== null) return query.names.has(qualifier)
  if (query.reads.some((table) => typeof catalog.column(table, name) === 'object')) return true
  return catalog.column(update.table, name) === 'absent'
}

import type { IndexSnapshot, TableSnapshot } from '../model/catalog.ts'
import { indexKeyNames, namedIn } from '../sql/statement-facts.ts'

/** Is the column in the index: as a key, in INCLUDE, inside an expression, or in the condition of a partial index? */
export function mentions(index: IndexSnapshot, column: string): boolean {
  return index.columns.includes(column) || index.include.includes(column) || isInExpression(index, column)
}

/** Does an index of the table find the rows that hold given values in these columns? */
export function isFoundByIndex({ indexes }: TableSnapshot, columns: readonly string[]): boolean {
  return indexes.some(({ partial, columns: key }) => !partial && beginsWith(key, columns))
}

/** In any order: a lookup by equality asks for all of them. */
export function beginsWith(index: readonly (string | null)[], columns: readonly string[]): boolean {
  const leading = index.slice(0, columns.length)
  return columns.every((column) => leading.includes(column))
}

/** Inside an expression or the condition: such an index is built anew whenever the column's type changes. */
export function isInExpression(index: IndexSnapshot, column: string): boolean {
  if (!index.partial && !index.columns.includes(null)) return false
  // A definition that cannot be read may mention anything.
  return namedIn(index.definition)?.columns.has(column) ?? true
}

/** The names from which PostgreSQL makes the name of an unnamed copy of the index. */
export function keyNames(index: Pick<IndexSnapshot, 'columns' | 'definition'>): readonly (string | null)[] {
  return index.columns.includes(null) ? indexKeyNames(index.definition) : index.columns
}

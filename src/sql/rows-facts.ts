/** What makes a statement's rows hang together, so that some of them cannot be changed without the others. */
import { expressionOf } from './expression.ts'
import { parse } from './parser.ts'
import { walk } from './tree.ts'

export interface RowsFacts {
  /** Every function that it calls, wherever; see `Expression.functions`. */
  readonly functions: readonly string[]
  /** Clauses that choose or lock rows by what other rows there are: `LIMIT`, `a window function`, `FOR UPDATE`. */
  readonly clauses: readonly string[]
  /** Columns that it names, by their own name; `*` for all. */
  readonly columns: readonly string[]
}

const none: RowsFacts = { functions: [], clauses: [], columns: [] }

/** Of an INSERT, UPDATE or DELETE. `loadParser` must have been awaited. */
export function rowsFacts(sql: string): RowsFacts {
  const result = parse(sql)
  const node = result.ok ? result.statements[0]?.node : undefined
  if (node === undefined) return none
  const clauses = new Set<string>()
  walk([node], (kind, object) => {
    if ('limitCount' in object || 'limitOffset' in object) clauses.add('LIMIT')
    if (kind === 'FuncCall' && 'over' in object) clauses.add('a window function')
    if ('lockingClause' in object) clauses.add('FOR UPDATE')
    if (kind === 'RangeTableSample') clauses.add('TABLESAMPLE')
    // Plain DISTINCT is a list of one empty node.
    const distinct: readonly unknown[] = Array.isArray(object['distinctClause'])
      ? object['distinctClause']
      : []
    if (distinct.some((one) => typeof one === 'object' && one !== null && Object.keys(one).length > 0))
      clauses.add('DISTINCT ON')
  })
  const { functions, columns } = expressionOf(node, sql)
  return { functions, columns, clauses: [...clauses] }
}

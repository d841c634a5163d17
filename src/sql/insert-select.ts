/** INSERT … SELECT: what drives it, and why its rows may hang together so that they cannot be copied piece by piece. */
import type { InsertStmt, Node, RangeVar, SelectStmt } from '@pgsql/types'
import { isAggregate } from '../postgres/aggregate.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { parseOne, byteOffsets } from './parser.ts'
import { findTopLevel, markAt, sourceOf, textBetween, wordAt, type Source } from './source.ts'
import { relationOf, stringsOf } from './tree.ts'

export interface InsertSelect {
  /** As the statement lists them; empty: all of the table's, in their order. */
  readonly columns: readonly string[]
  /** The table whose rows decide which ones come out, each for itself; null: there is none. */
  readonly driver: { readonly table: RelationName; readonly alias: string | null } | null
  /** Clauses by which a row that comes out is made of more than one row that goes in: `GROUP BY`, `UNION`. */
  readonly clauses: readonly string[]
  readonly onConflict: 'nothing' | 'update' | null
  readonly returning: boolean
  /** The query alone. */
  readonly query: string
}

/** Null: this is no INSERT of a query. `loadParser` must have been awaited. */
export function insertSelect(sql: string): InsertSelect | null {
  const node = parseOne(sql)
  const statement = 'InsertStmt' in node ? node.InsertStmt : null
  const select = statement?.selectStmt
  const query = select !== undefined && 'SelectStmt' in select ? select.SelectStmt : null
  if (statement === null || query === null || (query.valuesLists ?? []).length > 0) return null
  const source = sourceOf(sql, { start: 0, end: sql.length }, byteOffsets(sql))
  const clauses = [...clausesOf(query), ...(statement.withClause === undefined ? [] : ['WITH'])]
  const isPlain = clauses.length === 0 && !isInParentheses(query, source)
  const driver = isPlain ? drivingTable(query) : null
  return {
    columns: (statement.cols ?? []).map((column) =>
      'ResTarget' in column ? (column.ResTarget.name ?? '') : '',
    ),
    driver: driver === null ? null : { table: relationOf(driver), alias: driver.alias?.aliasname ?? null },
    clauses: clauses.length === 0 && !isPlain ? ['parentheses around it'] : clauses,
    onConflict: conflictOf(statement),
    returning: statement.returningClause !== undefined,
    query: isPlain ? queryText(statement, query, source) : '',
  }
}

function conflictOf({ onConflictClause }: InsertStmt): InsertSelect['onConflict'] {
  if (onConflictClause === undefined) return null
  return onConflictClause.action === 'ONCONFLICT_NOTHING' ? 'nothing' : 'update'
}

function clausesOf(query: SelectStmt): readonly string[] {
  const has = (list: readonly Node[] | undefined) => (list ?? []).length > 0
  const named = {
    [(query.op ?? 'SETOP_NONE').slice('SETOP_'.length)]: (query.op ?? 'SETOP_NONE') !== 'SETOP_NONE',
    WITH: query.withClause !== undefined,
    DISTINCT: has(query.distinctClause),
    'GROUP BY': has(query.groupClause) || query.havingClause !== undefined,
    'ORDER BY': has(query.sortClause),
    'an aggregate': !has(query.groupClause) && aggregates(query.targetList),
  }
  return Object.entries(named).flatMap(([clause, is]) => (is ? [clause] : []))
}

/** Of this query: what a subquery counts is a matter of its own. */
function aggregates(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(aggregates)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([kind, one]: [string, unknown]) => {
    if (kind === 'SubLink') return false
    const isCall = kind === 'FuncCall' && typeof one === 'object' && one !== null && 'funcname' in one
    return (isCall && isAggregate(stringsOf(one.funcname).join('.'))) || aggregates(one)
  })
}

/** The query of an INSERT that is nothing but SELECT, FROM and WHERE; null: it is more, or none. */
export function copyingQuery(statement: InsertStmt): SelectStmt | null {
  const select = statement.selectStmt
  const query = select !== undefined && 'SelectStmt' in select ? select.SelectStmt : null
  if (query === null || statement.withClause !== undefined) return null
  return clausesOf(query).length === 0 ? query : null
}

/**
 * The first table of FROM, as long as no join adds rows that have none of its own: whatever comes out then stands for
 * exactly one of its rows.
 */
export function drivingTable({ fromClause = [] }: SelectStmt): RangeVar | null {
  let node = fromClause[0]
  while (node !== undefined && 'JoinExpr' in node) {
    const { jointype, larg, alias } = node.JoinExpr
    // Behind an alias of the whole join its tables have no names.
    if ((jointype !== 'JOIN_INNER' && jointype !== 'JOIN_LEFT') || alias !== undefined) return null
    node = larg
  }
  return node !== undefined && 'RangeVar' in node ? node.RangeVar : null
}

interface QueryPlace {
  /** The token behind SELECT. */
  readonly from: number
  /** The token behind WHERE; null: there is none. */
  readonly condition: number | null
  /** The token behind its condition: FOR KEY SHARE and its like, ON CONFLICT, RETURNING, or none. */
  readonly to: number
}

export function placeOfQuery(statement: InsertStmt, query: SelectStmt, source: Source): QueryPlace {
  const from = firstTarget(query, source)
  const { onConflictClause } = statement
  const conflict =
    onConflictClause === undefined ? source.tokens.length : source.tokenAt(onConflictClause.location)
  // FOR is reserved: outside of parentheses only a row lock begins with it.
  const isBehind = (word: string | null): boolean => word === 'returning' || word === 'for'
  const to = findTopLevel(source, from, (at) => at >= conflict || isBehind(wordAt(source, at)))
  if (query.whereClause === undefined) return { from, condition: null, to }
  const where = findTopLevel(source, from, (at) => wordAt(source, at) === 'where')
  return { from, condition: where + 1, to }
}

function firstTarget({ targetList = [] }: SelectStmt, source: Source): number {
  const [first] = targetList
  if (first === undefined || !('ResTarget' in first)) throw new Error('a query without columns')
  return source.tokenAt(first.ResTarget.location)
}

function isInParentheses(query: SelectStmt, source: Source): boolean {
  if ((query.targetList ?? []).length === 0) return true
  return markAt(source, selectKeyword(query, source) - 1) === '('
}

/** ALL may stand between it and the first column. */
function selectKeyword(query: SelectStmt, source: Source): number {
  let at = firstTarget(query, source) - 1
  while (at > 0 && wordAt(source, at) !== 'select') at -= 1
  return at
}

function queryText(statement: InsertStmt, query: SelectStmt, source: Source): string {
  return textBetween(source, selectKeyword(query, source), placeOfQuery(statement, query, source).to)
}

/** INSERT, UPDATE, DELETE: which rows, to what, and what else they read. */
import type { DeleteStmt, InsertStmt, Node, SelectStmt, UpdateStmt } from '@pgsql/types'
import type { ActionOf, Expression } from '../model/statement.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { expressionOf } from './expression.ts'
import { type Source, findTopLevel, itemEnd, markAt, textBetween, wordAt } from './source.ts'
import { relationOf, relationsIn, writesInWith } from './tree.ts'

/** Null: a WITH of it writes too, which no single action says. */
export function insertAction(statement: InsertStmt, source: Source): ActionOf<'insert'> | null {
  if (writesInWith(statement.withClause) || writesInWith(statement.selectStmt)) return null
  const { selectStmt, withClause, onConflictClause, returningClause } = statement
  const select = selectStmt !== undefined && 'SelectStmt' in selectStmt ? selectStmt.SelectStmt : null
  return {
    kind: 'insert',
    sql: source.text,
    span: source.span,
    table: relationOf(statement.relation),
    // DEFAULT VALUES has no query at all.
    valueRows: select === null ? 1 : rowsGiven(select),
    reads: relationsIn({ withClause, selectStmt, onConflictClause, returningClause }),
    onConflict: onConflictClause !== undefined,
  }
}

/** Those of VALUES, or the one of a SELECT of constants without FROM; null: as many as a query finds. */
function rowsGiven({ valuesLists = [], fromClause = [], targetList = [], op }: SelectStmt): number | null {
  if (valuesLists.length > 0) return valuesLists.length
  const isOne = op === 'SETOP_NONE' && fromClause.length === 0 && targetList.every(isConstant)
  return isOne ? 1 : null
}

/** A function might give many rows. */
function isConstant(node: Node): boolean {
  if ('ResTarget' in node) return node.ResTarget.val !== undefined && isConstant(node.ResTarget.val)
  if ('TypeCast' in node) return node.TypeCast.arg !== undefined && isConstant(node.TypeCast.arg)
  return 'A_Const' in node
}

export function updateAction(statement: UpdateStmt, source: Source): ActionOf<'update'> | null {
  const { withClause, targetList, fromClause, whereClause, returningClause } = statement
  if (writesInWith(withClause)) return null
  return {
    kind: 'update',
    sql: source.text,
    span: source.span,
    table: relationOf(statement.relation),
    alias: statement.relation?.alias?.aliasname ?? null,
    set: assignments(targetList ?? [], source),
    where: whereOf(whereClause, source, firstSetItem(targetList ?? [], source)),
    reads: readsOf({ withClause, targetList, fromClause, whereClause, returningClause }),
    returning: returningClause !== undefined,
  }
}

export function deleteAction(statement: DeleteStmt, source: Source): ActionOf<'delete'> | null {
  const { withClause, usingClause, whereClause, returningClause } = statement
  if (writesInWith(withClause)) return null
  return {
    kind: 'delete',
    sql: source.text,
    span: source.span,
    table: relationOf(statement.relation),
    where: whereOf(whereClause, source, source.tokenAt(statement.relation?.location)),
    reads: readsOf({ withClause, usingClause, whereClause, returningClause }),
    returning: returningClause !== undefined,
  }
}

/** One pass over all clauses, so that names of the WITH are known in them. */
function readsOf(clauses: { readonly [clause: string]: unknown }): RelationName[] {
  return relationsIn(clauses)
}

/** The token after WHERE, and the one after the condition; null where there is none. `from`: behind any WITH. */
export function conditionRange(
  source: Source,
  from: number,
): { readonly from: number; readonly to: number } | null {
  const where = findTopLevel(source, from, (index) => wordAt(source, index) === 'where')
  if (where >= source.tokens.length) return null
  const to = findTopLevel(source, where + 1, (index) => wordAt(source, index) === 'returning')
  return { from: where + 1, to }
}

function whereOf(node: Node | undefined, source: Source, from: number): Expression | null {
  const range = node === undefined ? null : conditionRange(source, from)
  if (node === undefined || range === null) return null
  return expressionOf(node, textBetween(source, range.from, range.to))
}

/** The first token behind SET. A list of columns has its parenthesis before its first column. */
export function firstSetItem(targets: readonly Node[], source: Source): number {
  const [first] = targets
  if (first === undefined || !('ResTarget' in first)) throw new Error('UPDATE without SET')
  const at = source.tokenAt(first.ResTarget.location)
  return markAt(source, at - 1) === '(' ? at - 1 : at
}

/** The token that ends the SET list: FROM, WHERE, RETURNING or none. All are reserved; IS DISTINCT FROM is no FROM. */
export function setListEnd(source: Source, from: number): number {
  return findTopLevel(source, from, (index) => {
    const word = wordAt(source, index)
    if (word === 'from') return wordAt(source, index - 1) !== 'distinct'
    return word === 'where' || word === 'returning'
  })
}

function assignments(targets: readonly Node[], source: Source): ActionOf<'update'>['set'] {
  const set: ActionOf<'update'>['set'] = []
  let from = firstSetItem(targets, source)
  const end = setListEnd(source, from)
  for (let index = 0; index < targets.length;) {
    const to = itemEnd(source, from, end)
    const value = findTopLevel(source, from, (at) => markAt(source, at) === '=') + 1
    const names = columnsAssigned(targets, index)
    set.push(...assignedBy(targets.slice(index, index + names), source, value, to))
    index += names
    from = to + 1
  }
  return set
}

/** How many columns the item sets: more than one in `(a, b) = …`. */
function columnsAssigned(targets: readonly Node[], index: number): number {
  const target = targets[index]
  const value = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined
  return value !== undefined && 'MultiAssignRef' in value ? (value.MultiAssignRef.ncolumns ?? 1) : 1
}

function assignedBy(
  targets: readonly Node[],
  source: Source,
  from: number,
  to: number,
): ActionOf<'update'>['set'] {
  const columns = targets.map((target) => ('ResTarget' in target ? (target.ResTarget.name ?? '') : ''))
  return targets.flatMap((target, position) => {
    const value = 'ResTarget' in target ? target.ResTarget.val : undefined
    if (value === undefined) return []
    const column = columns[position] ?? ''
    if (!('MultiAssignRef' in value)) {
      return [{ column, expression: expressionOf(value, textBetween(source, from, to)) }]
    }
    const shared = value.MultiAssignRef.source
    if (shared === undefined) return []
    return [{ column, expression: partOfRow(shared, source, { from, to }, columns, position) }]
  })
}

/** One column's share of `(a, b) = (1, 2)`, `ROW(1, 2)` or `(SELECT …)`. */
function partOfRow(
  row: Node,
  source: Source,
  range: { readonly from: number; readonly to: number },
  columns: readonly string[],
  position: number,
): Expression {
  if ('RowExpr' in row) {
    let from = wordAt(source, range.from) === 'row' ? range.from + 2 : range.from + 1
    for (let skipped = 0; skipped < position; skipped++) from = itemEnd(source, from) + 1
    const part = row.RowExpr.args?.[position]
    if (part !== undefined) return expressionOf(part, textBetween(source, from, itemEnd(source, from)))
  }
  // A query may be a UNION or a WITH: its column is taken by name, whatever it is.
  const names = columns.map(quoteIdentifier)
  const query = textBetween(source, range.from, range.to)
  return expressionOf(
    row,
    `(SELECT ${names[position] ?? '*'} FROM ${query} AS assigned (${names.join(', ')}))`,
  )
}

/** An expression that is a query of its own, `(SELECT id FROM networks LIMIT 1)`: what it takes to ask it alone. */
import type { Node, SelectStmt } from '@pgsql/types'
import type { RelationName } from '../postgres/relation-name.ts'
import { byteOffsets, parse, parseOne } from './parser.ts'
import { findTopLevel, markAt, sourceOf, textBetween, wordAt, type Source } from './source.ts'
import { relationOf, relationsIn, stringsOf, walk } from './tree.ts'

export interface ScalarQuery {
  /** Without `LIMIT 1`, where that took any row whatever: asked alone, it tells whether there is but one. */
  readonly sql: string
  readonly reads: readonly RelationName[]
  /** Every column that it names; `qualifier` is the table or alias in front of it. */
  readonly columns: readonly { readonly qualifier: string | null; readonly name: string }[]
  /** What its own columns may be qualified by. */
  readonly names: ReadonlySet<string>
}

/** Null: it is none, or one that is more than SELECT … FROM … WHERE … ORDER BY … LIMIT 1. */
export function scalarQuery(expression: string): ScalarQuery | null {
  const select = selectIn(expression)
  if (select === null || !isPlain(select)) return null
  const text = withoutParentheses(expression)
  const limit = limitOf(select)
  if (limit === 'other') return null
  const isArbitrary = limit === 'one' && (select.sortClause ?? []).length === 0
  const sql = isArbitrary ? withoutLimit(text) : text
  const node = parseOne(sql)
  const columns: { readonly qualifier: string | null; readonly name: string }[] = []
  const names = new Set<string>()
  walk([node], (kind, object) => {
    if (kind === 'ColumnRef') {
      const fields = stringsOf(object['fields'])
      columns.push({ qualifier: fields.at(-2) ?? null, name: fields.at(-1) ?? '*' })
    } else if (kind === 'RangeVar') {
      const { alias } = object as { readonly alias?: { readonly aliasname?: string } }
      names.add(alias?.aliasname ?? relationOf(object).name)
    } else if (kind === 'RangeSubselect') {
      const { alias } = object as { readonly alias?: { readonly aliasname?: string } }
      if (alias?.aliasname !== undefined) names.add(alias.aliasname)
    }
  })
  return { sql, reads: relationsIn(node), columns, names }
}

function selectIn(expression: string): SelectStmt | null {
  const result = parse(`SELECT ${expression}`)
  const node = result.ok ? result.statements[0]?.node : undefined
  const target = node !== undefined && 'SelectStmt' in node ? node.SelectStmt.targetList?.[0] : undefined
  const value = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined
  if (value === undefined || !('SubLink' in value) || value.SubLink.subLinkType !== 'EXPR_SUBLINK')
    return null
  const { subselect } = value.SubLink
  return subselect !== undefined && 'SelectStmt' in subselect ? subselect.SelectStmt : null
}

function isPlain(select: SelectStmt): boolean {
  const targets = select.targetList ?? []
  const isStar = targets.some((node) => JSON.stringify(node).includes('A_Star'))
  return (
    select.op === 'SETOP_NONE' &&
    targets.length === 1 &&
    !isStar &&
    select.withClause === undefined &&
    select.intoClause === undefined &&
    (select.lockingClause ?? []).length === 0 &&
    (select.fromClause ?? []).length > 0 &&
    select.limitOffset === undefined &&
    select.limitOption !== 'LIMIT_OPTION_WITH_TIES'
  )
}

function limitOf({ limitCount }: SelectStmt): 'none' | 'one' | 'other' {
  if (limitCount === undefined) return 'none'
  return isOne(limitCount) ? 'one' : 'other'
}

function isOne(node: Node): boolean {
  return 'A_Const' in node && node.A_Const.ival?.ival === 1
}

function withoutParentheses(expression: string): string {
  let text = expression.trim()
  for (;;) {
    const source = read(text)
    if (markAt(source, 0) !== '(') return text
    text = textBetween(source, 1, source.tokens.length - 1)
  }
}

/** LIMIT and FETCH are reserved, and nothing of a plain query stands behind them. */
function withoutLimit(query: string): string {
  const source = read(query)
  const limit = findTopLevel(source, 0, (index) => ['limit', 'fetch'].includes(wordAt(source, index) ?? ''))
  return textBetween(source, 0, limit)
}

function read(text: string): Source {
  return sourceOf(text, { start: 0, end: text.length }, byteOffsets(text))
}

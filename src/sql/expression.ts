import type { Node, TypeName } from '@pgsql/types'
import type { Expression } from '../model/statement.ts'
import { stringsOf, walk } from './tree.ts'

/** What a rule may know of an expression. `sql`: its text, as the author wrote it. */
export function expressionOf(node: Node, sql: string): Expression {
  const columns: { readonly name: string; readonly at: number }[] = []
  const functions: { readonly name: string; readonly at: number }[] = []
  let hasSubquery = false
  walk([node], (kind, object) => {
    const at = typeof object['location'] === 'number' ? object['location'] : 0
    if (kind === 'ColumnRef') {
      // A star is no String: `t.*` reads all columns.
      const isStar = JSON.stringify(object['fields']).includes('A_Star')
      columns.push({ name: isStar ? '*' : (stringsOf(object['fields']).at(-1) ?? '*'), at })
    } else if (kind === 'FuncCall') {
      const names = stringsOf(object['funcname'])
      // EXTRACT(…), AT TIME ZONE and their like: SQL's own spelling of a function in pg_catalog.
      const isSyntax = object['funcformat'] === 'COERCE_SQL_SYNTAX'
      functions.push({ name: (isSyntax ? names.slice(-1) : names).join('.'), at })
    } else if (kind === 'SQLValueFunction') {
      functions.push({ name: valueFunctionName(String(object['op'])), at })
    } else if (kind === 'SubLink') hasSubquery = true
  })
  return {
    sql,
    constant: isConstant(node),
    isNull: isNullConstant(node),
    columns: inOrder(columns),
    functions: inOrder(functions),
    hasSubquery,
  }
}

function inOrder(found: readonly { readonly name: string; readonly at: number }[]): string[] {
  const names = [...found].sort((one, other) => one.at - other.at).map(({ name }) => name)
  return [...new Set(names)]
}

/** `SVFOP_CURRENT_TIMESTAMP_N` (with a precision) → `current_timestamp`. */
function valueFunctionName(op: string): string {
  const name = op.slice('SVFOP_'.length).toLowerCase()
  return name.endsWith('_n') ? name.slice(0, -2) : name
}

function isConstant(node: Node): boolean {
  if ('A_Const' in node) return true
  if ('CollateClause' in node)
    return node.CollateClause.arg !== undefined && isConstant(node.CollateClause.arg)
  if ('A_ArrayExpr' in node) return (node.A_ArrayExpr.elements ?? []).every(isConstant)
  if (!('TypeCast' in node) || node.TypeCast.arg === undefined) return false
  return isConstant(node.TypeCast.arg) && !isReadAnew(node.TypeCast.arg, node.TypeCast.typeName)
}

const timeTypes = new Set(['date', 'time', 'timetz', 'timestamp', 'timestamptz', 'abstime'])
/** Words that these types read as a time which is not the same tomorrow. */
const movingTimes = new Set(['now', 'today', 'tomorrow', 'yesterday'])

/** Literals whose value depends on when (`'now'::timestamp`) or on what exists (`'t'::regclass`). */
function isReadAnew(arg: Node, type: TypeName | undefined): boolean {
  const name = stringsOf(type?.names).at(-1) ?? ''
  if (name.startsWith('reg')) return true
  if (!timeTypes.has(name)) return false
  const text = 'A_Const' in arg ? (arg.A_Const.sval?.sval ?? '') : ''
  return text
    .toLowerCase()
    .split(' ')
    .some((word) => movingTimes.has(word))
}

function isNullConstant(node: Node): boolean {
  if ('A_Const' in node) return node.A_Const.isnull === true
  return 'TypeCast' in node && node.TypeCast.arg !== undefined && isNullConstant(node.TypeCast.arg)
}

/**
 * Columns that a CHECK expression proves to be not null, so that SET NOT NULL need not scan: `c IS NOT NULL`, alone or
 * under AND. `c > 0` is true of NULL, as a CHECK sees it, and OR proves nothing.
 */
export function columnsProvedNotNull(node: Node): string[] {
  if ('BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR') {
    return [...new Set((node.BoolExpr.args ?? []).flatMap(columnsProvedNotNull))]
  }
  if (!('NullTest' in node) || node.NullTest.nulltesttype !== 'IS_NOT_NULL') return []
  const arg = node.NullTest.arg
  return arg !== undefined && 'ColumnRef' in arg ? stringsOf(arg.ColumnRef.fields?.slice(-1)) : []
}

/**
 * What PostgreSQL calls the columns of an index, of which it makes the index's name where the author gives none.
 * Source: FigureIndexColname, src/backend/parser/parse_target.c; the same on 14 to 18.
 */
import type { Node } from '@pgsql/types'
import { parseOne } from './parser.ts'
import { stringsOf } from './tree.ts'

/**
 * For `indexName` of `postgres/generated-name.ts`: a column's name, a function's for its call (`lower`), a type's for a
 * cast; null for an expression without a name. Those of INCLUDE stand at the end.
 */
export function indexColumnNames(createIndex: string): readonly (string | null)[] {
  const node = parseOne(createIndex)
  if (!('IndexStmt' in node)) throw new Error(`this is no CREATE INDEX: ${createIndex}`)
  const { indexParams = [], indexIncludingParams = [] } = node.IndexStmt
  return [...indexParams, ...indexIncludingParams].map((element) => {
    if (!('IndexElem' in element)) return null
    const { name, expr } = element.IndexElem
    return name ?? (expr === undefined ? null : (figure(expr)?.name ?? null))
  })
}

/** A weak name gives way to that of a cast or a CASE around it. */
interface Figured {
  readonly name: string
  readonly weak: boolean
}

function strong(name: string | undefined): Figured | null {
  return name === undefined ? null : { name, weak: false }
}

function figure(node: Node | undefined): Figured | null {
  if (node === undefined) return null
  if ('ColumnRef' in node) return strong(stringsOf(node.ColumnRef.fields).at(-1))
  if ('FuncCall' in node) return strong(stringsOf(node.FuncCall.funcname).at(-1))
  if ('CollateClause' in node) return figure(node.CollateClause.arg)
  if ('A_Indirection' in node) {
    return strong(stringsOf(node.A_Indirection.indirection).at(-1)) ?? figure(node.A_Indirection.arg)
  }
  if ('TypeCast' in node) {
    const inner = figure(node.TypeCast.arg)
    const type = stringsOf(node.TypeCast.typeName?.names).at(-1)
    return (inner === null || inner.weak) && type !== undefined ? { name: type, weak: true } : inner
  }
  if ('CaseExpr' in node) {
    const inner = figure(node.CaseExpr.defresult)
    return inner === null || inner.weak ? { name: 'case', weak: true } : inner
  }
  if ('A_Expr' in node) return node.A_Expr.kind === 'AEXPR_NULLIF' ? strong('nullif') : null
  if ('MinMaxExpr' in node) return strong(node.MinMaxExpr.op === 'IS_GREATEST' ? 'greatest' : 'least')
  if ('CoalesceExpr' in node) return strong('coalesce')
  if ('A_ArrayExpr' in node) return strong('array')
  if ('RowExpr' in node) return strong('row')
  if ('XmlSerialize' in node) return strong('xmlserialize')
  if ('XmlExpr' in node) {
    // IS_XMLCONCAT → xmlconcat; IS DOCUMENT has no name.
    const op = (node.XmlExpr.op ?? '').toLowerCase()
    return op === 'is_document' ? null : strong(op.slice('is_'.length))
  }
  return null
}

/** CREATE INDEX for another place: the text of the author, cut at tokens and read again, as in edit.ts. */
import type { QualifiedName } from '../postgres/relation-name.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { confirmed, read, replace } from './edit.ts'
import { afterQualifiedName, findTopLevel, wordAt } from './source.ts'

/** The same index on another table and its partitions. */
export function onTable(sql: string, table: QualifiedName): string {
  const { node, source } = read(sql)
  if (!('IndexStmt' in node) || node.IndexStmt.relation === undefined) {
    throw new Error(`this is no CREATE INDEX: ${sql}`)
  }
  // ON is reserved, so the first one stands before the table; so is ONLY, which no table is called without quotes.
  const on = findTopLevel(source, 0, (index) => wordAt(source, index) === 'on')
  const name = wordAt(source, on + 1) === 'only' ? on + 2 : on + 1
  const text = replace(source, on + 1, afterQualifiedName(source, name), formatRelation(table))
  const { catalogname: _, ...relation } = node.IndexStmt.relation
  const meant = { ...relation, schemaname: table.schema, relname: table.name, inh: true }
  return confirmed(text, { IndexStmt: { ...node.IndexStmt, relation: meant } })
}

/** CREATE INDEX without CONCURRENTLY; unchanged where it is not there. */
export function withoutConcurrently(sql: string): string {
  const { node, source } = read(sql)
  if (!('IndexStmt' in node)) throw new Error(`this is no CREATE INDEX: ${sql}`)
  if (node.IndexStmt.concurrent !== true) return source.text
  const keyword = findTopLevel(source, 0, (index) => wordAt(source, index) === 'concurrently')
  const { concurrent: _, ...plain } = node.IndexStmt
  const { start = 0, end = 0 } = source.tokens[keyword] ?? {}
  const { text } = source
  const from = text[start - 1] === ' ' ? start - 1 : start
  return confirmed(text.slice(0, from) + text.slice(end), { IndexStmt: plain })
}

import type { ColumnDef, Constraint } from '@pgsql/types'
import type { ColumnDefinition, Expression } from '../model/statement.ts'
import { constraintBody, constraintOf, parenthesised } from './constraint.ts'
import { expressionOf } from './expression.ts'
import { type Source, itemEnd, textBetween } from './source.ts'
import { stringsOf } from './tree.ts'
import { typeText } from './type-text.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'

/** A constraint written on a column with the attributes (DEFERRABLE, NOT ENFORCED) that belong to it. */
export interface ColumnConstraint {
  readonly constraint: Constraint
  readonly attributes: readonly Constraint[]
  /** Its tokens, attributes included. */
  readonly from: number
  readonly to: number
}

/** The types that stand for a type, a sequence, a default and NOT NULL. */
export const serialTypes: ReadonlyMap<string, string> = new Map([
  ['smallserial', 'smallint'],
  ['serial', 'integer'],
  ['bigserial', 'bigint'],
])

export function columnOf(column: ColumnDef, source: Source): ColumnDefinition {
  const name = column.colname ?? ''
  const type = typeText(column.typeName)
  const written = columnConstraints(column, source)
  const find = (kind: Constraint['contype']) => written.find(({ constraint }) => constraint.contype === kind)
  const identity = find('CONSTR_IDENTITY')?.constraint.generated_when
  return {
    name,
    type,
    serial: serialTypes.has(type),
    notNull: find('CONSTR_NOTNULL') !== undefined,
    default: defaultOf(find('CONSTR_DEFAULT'), source),
    identity: identity === undefined ? null : identity === 'a' ? 'always' : 'by-default',
    generated: generatedOf(find('CONSTR_GENERATED'), source),
    collation: collationText(column),
    constraints: written
      .filter(({ constraint }) => constraint.contype !== 'CONSTR_NOTNULL')
      .flatMap(({ constraint, attributes }) => constraintOf(constraint, source, name, attributes) ?? []),
  }
}

/** `"C"`, `pg_catalog."de_DE"`; null where none is written. */
export function collationText(column: ColumnDef): string | null {
  const names = stringsOf(column.collClause?.collname)
  return names.length === 0 ? null : names.map(quoteIdentifier).join('.')
}

/** Each item of a column's constraint list ends where the next one, or COLLATE, begins. */
export function columnConstraints(column: ColumnDef, source: Source): readonly ColumnConstraint[] {
  const nodes = (column.constraints ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []))
  if (nodes.length === 0) return []
  const starts = [...nodes, ...(column.collClause === undefined ? [] : [column.collClause])]
    .map(({ location }) => source.tokenAt(location))
    .sort((one, other) => one - other)
  const end = itemEnd(source, source.tokenAt(column.location))
  const items: { constraint: Constraint; attributes: Constraint[]; from: number; to: number }[] = []
  for (const node of nodes) {
    const from = source.tokenAt(node.location)
    const to = starts.find((start) => start > from) ?? end
    const previous = items.at(-1)
    if (isAttribute(node) && previous !== undefined) {
      previous.attributes.push(node)
      previous.to = to
    } else items.push({ constraint: node, attributes: [], from, to })
  }
  return items
}

function isAttribute(constraint: Constraint): boolean {
  return constraint.contype?.startsWith('CONSTR_ATTR_') === true
}

function defaultOf(written: ColumnConstraint | undefined, source: Source): Expression | null {
  if (written?.constraint.raw_expr === undefined) return null
  const from = constraintBody(written.constraint, source) + 1
  return expressionOf(written.constraint.raw_expr, textBetween(source, from, written.to))
}

function generatedOf(written: ColumnConstraint | undefined, source: Source): ColumnDefinition['generated'] {
  if (written?.constraint.raw_expr === undefined) return null
  const from = constraintBody(written.constraint, source)
  const stored = written.constraint.generated_kind !== 'v'
  return { expression: parenthesised(written.constraint.raw_expr, source, from), stored }
}

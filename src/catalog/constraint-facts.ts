/** Between a constraint as a catalog keeps it (its SQL) and what may be asked of it. */
import type { ConstraintSnapshot } from '../model/catalog.ts'
import type { ConstraintDefinition, ConstraintOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../postgres/relation-name.ts'
import { parseScript } from '../sql/parse-script.ts'

/** Constraints are immutable, so what was read from one holds as long as it does. */
const read = new WeakMap<ConstraintSnapshot, ConstraintDefinition | null>()
const proofs = new WeakMap<ConstraintSnapshot, readonly string[]>()

/** The constraint's definition, read by the parser; null where it cannot be read. Needs a loaded parser. */
export function definitionOf(constraint: ConstraintSnapshot): ConstraintDefinition | null {
  const known = read.get(constraint)
  if (known !== undefined) return known
  const name = quoteIdentifier(constraint.name)
  const { statements } = parseScript(`ALTER TABLE t ADD CONSTRAINT ${name} ${constraint.definition}`, '')
  const action = statements[0]?.actions[0]
  const definition = action?.kind === 'add-constraint' ? action.constraint : null
  read.set(constraint, definition)
  return definition
}

/** Columns that the constraint proves to hold no NULL, once it is validated. */
export function provesNotNull(constraint: ConstraintSnapshot): readonly string[] {
  const known = proofs.get(constraint)
  if (known !== undefined) return known
  if (constraint.kind === 'not-null') return constraint.columns
  if (constraint.kind !== 'check') return []
  const definition = definitionOf(constraint)
  return definition?.kind === 'check' ? definition.provesNotNull : []
}

/** A constraint whose definition still speaks of a column's old name. */
export function withRenamedColumn(
  constraint: ConstraintSnapshot,
  from: string,
  to: string,
): ConstraintSnapshot {
  const renamed = (column: string) => (column === from ? to : column)
  const after = { ...constraint, columns: constraint.columns.map(renamed) }
  proofs.set(after, provesNotNull(constraint).map(renamed))
  return after
}

/** What stands after ADD CONSTRAINT name. `references`: where a foreign key points, with its columns found. */
export function constraintSql(
  constraint: ConstraintDefinition,
  references: (QualifiedName & { readonly columns: readonly string[] }) | null,
): string {
  switch (constraint.kind) {
    case 'check': {
      const inherit = constraint.noInherit ? ' NO INHERIT' : ''
      return `CHECK (${constraint.expression.sql})${inherit}${notValid(constraint.notValid)}`
    }
    case 'foreign-key':
      return foreignKeySql(constraint, references)
    case 'unique':
    case 'primary-key':
      return keySql(constraint)
    case 'not-null':
      return `NOT NULL ${quoteIdentifier(constraint.column)}${notValid(constraint.notValid)}`
    case 'exclude':
      return 'EXCLUDE'
  }
}

function foreignKeySql(
  key: ConstraintOf<'foreign-key'>,
  references: (QualifiedName & { readonly columns: readonly string[] }) | null,
): string {
  const target = formatRelation(references ?? key.references)
  const columns = list(references?.columns ?? key.referencedColumns)
  const match = key.matchFull ? ' MATCH FULL' : ''
  const only = key.onDeleteColumns.length > 0 ? ` ${list(key.onDeleteColumns)}` : ''
  const actions = `${onEvent('UPDATE', key.onUpdate)}${onEvent('DELETE', key.onDelete)}${only}`
  return `FOREIGN KEY ${list(key.columns)} REFERENCES ${target}${columns}${match}${actions}${timing(key)}${notValid(key.notValid)}`
}

function onEvent(event: 'UPDATE' | 'DELETE', action: ConstraintOf<'foreign-key'>['onDelete']): string {
  return action === 'no-action' ? '' : ` ON ${event} ${action.replace('-', ' ').toUpperCase()}`
}

function keySql(key: Extract<ConstraintDefinition, { readonly usingIndex: string | null }>): string {
  const words = key.kind === 'unique' ? 'UNIQUE' : 'PRIMARY KEY'
  const nulls = key.nullsNotDistinct ? ' NULLS NOT DISTINCT' : ''
  const include = key.include.length > 0 ? ` INCLUDE ${list(key.include)}` : ''
  return `${words}${nulls} ${list(key.columns)}${include}${timing(key)}`
}

function timing(constraint: { readonly deferrable: boolean; readonly initiallyDeferred: boolean }): string {
  if (!constraint.deferrable) return ''
  return constraint.initiallyDeferred ? ' DEFERRABLE INITIALLY DEFERRED' : ' DEFERRABLE'
}

function notValid(is: boolean): string {
  return is ? ' NOT VALID' : ''
}

function list(columns: readonly string[]): string {
  return columns.length === 0 ? '' : `(${columns.map(quoteIdentifier).join(', ')})`
}

/** What deleting a referenced row does to the rows that refer to it. */
export function onDeleteOf(constraint: ConstraintSnapshot): ConstraintOf<'foreign-key'>['onDelete'] {
  const definition = definitionOf(constraint)
  return definition?.kind === 'foreign-key' ? definition.onDelete : 'no-action'
}

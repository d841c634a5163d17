/** The names that PostgreSQL itself would give, so that a plan ends in the same schema as the author's SQL. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { ActionOf, ConstraintDefinition } from '../../model/statement.ts'
import {
  checkName,
  foreignKeyName,
  notNullName,
  primaryKeyName,
  uniqueName,
} from '../../postgres/generated-name.ts'
import type { QualifiedName } from '../../postgres/relation-name.ts'

/** The author's name for a constraint, or PostgreSQL's. */
export function constraintNameOf(action: ActionOf<'add-constraint'>, catalog: Catalog): string {
  const { constraint } = action
  if (constraint.name !== null) return constraint.name
  return generatedNameOf(constraint, catalog.resolve(action.table), catalog)
}

function generatedNameOf(constraint: ConstraintDefinition, table: QualifiedName, catalog: Catalog): string {
  const isConstraint = (name: string) => typeof catalog.constraint(table, name) === 'object'
  const isTaken = (name: string) =>
    isConstraint(name) || catalog.isRelationNameTaken(table.schema, name) === 'yes'
  switch (constraint.kind) {
    case 'check':
      return checkName(table.name, constraint.expression.columns, isConstraint)
    case 'foreign-key':
      return foreignKeyName(table.name, constraint.columns, isConstraint)
    case 'unique':
      return uniqueName(table.name, [...constraint.columns, ...constraint.include], isTaken)
    case 'primary-key':
      return primaryKeyName(table.name, isTaken)
    case 'not-null':
      return notNullName(table.name, constraint.column, isConstraint)
    case 'exclude':
      throw new Error(`an exclusion constraint of ${table.name} is never made under a name of ours`)
  }
}

/** From 18 on: the name of the constraint that SET NOT NULL makes. */
export function notNullNameOf(table: QualifiedName, column: string, catalog: Catalog): string {
  return notNullName(table.name, column, (name) => typeof catalog.constraint(table, name) === 'object')
}

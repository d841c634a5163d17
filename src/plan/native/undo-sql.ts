/** SQL that takes back what the author's own statements do. The only SQL that the planner itself writes. */
import type { ConstraintSnapshot } from '../../model/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'

export function dropTableSql(table: QualifiedName): string {
  return generated(`DROP TABLE ${formatRelation(table)}`)
}

export function dropColumnSql(table: QualifiedName, column: string): string {
  return alterTable(table, `DROP COLUMN ${quoteIdentifier(column)}`)
}

export function setDefaultSql(table: QualifiedName, column: string, expression: string): string {
  return alterTable(table, `ALTER COLUMN ${quoteIdentifier(column)} SET DEFAULT ${expression}`)
}

export function dropDefaultSql(table: QualifiedName, column: string): string {
  return alterTable(table, `ALTER COLUMN ${quoteIdentifier(column)} DROP DEFAULT`)
}

export function setNotNullSql(table: QualifiedName, column: string): string {
  return alterTable(table, `ALTER COLUMN ${quoteIdentifier(column)} SET NOT NULL`)
}

export function dropNotNullSql(table: QualifiedName, column: string): string {
  return alterTable(table, `ALTER COLUMN ${quoteIdentifier(column)} DROP NOT NULL`)
}

export function dropConstraintSql(table: QualifiedName, constraint: string): string {
  return alterTable(table, `DROP CONSTRAINT ${quoteIdentifier(constraint)}`)
}

/** For a CHECK or a foreign key: back at once for new rows; the old rows are validated by `validateConstraintSql`. */
export function addConstraintNotValidSql(table: QualifiedName, constraint: ConstraintSnapshot): string {
  return alterTable(
    table,
    `ADD CONSTRAINT ${quoteIdentifier(constraint.name)} ${constraint.definition} NOT VALID`,
  )
}

export function validateConstraintSql(table: QualifiedName, constraint: string): string {
  return alterTable(table, `VALIDATE CONSTRAINT ${quoteIdentifier(constraint)}`)
}

export function renameConstraintSql(table: QualifiedName, from: string, to: string): string {
  return alterTable(table, `RENAME CONSTRAINT ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`)
}

export function renameColumnSql(table: QualifiedName, from: string, to: string): string {
  return alterTable(table, `RENAME COLUMN ${quoteIdentifier(from)} TO ${quoteIdentifier(to)}`)
}

export function renameTableSql(table: QualifiedName, to: string): string {
  return alterTable(table, `RENAME TO ${quoteIdentifier(to)}`)
}

export function setSchemaSql(table: QualifiedName, schema: string): string {
  return alterTable(table, `SET SCHEMA ${quoteIdentifier(schema)}`)
}

export function renameIndexSql(index: QualifiedName, to: string): string {
  return generated(`ALTER INDEX ${formatRelation(index)} RENAME TO ${quoteIdentifier(to)}`)
}

export function dropIndexSql(index: QualifiedName): string {
  return generated(`DROP INDEX ${formatRelation(index)}`)
}

export function dropIndexConcurrentlySql(index: QualifiedName): string {
  return generated(`DROP INDEX CONCURRENTLY IF EXISTS ${formatRelation(index)}`)
}

function alterTable(table: QualifiedName, subcommand: string): string {
  return generated(`ALTER TABLE ${formatRelation(table)} ${subcommand}`)
}

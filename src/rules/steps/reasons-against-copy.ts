/** Why there can be no copy of a column that takes its place: whatever cannot be carried over is named. */
import type { Catalog } from '../../catalog/catalog.ts'
import { definitionOf } from '../../catalog/constraint-facts.ts'
import { objectsNaming, viewsOver } from '../../catalog/dependents.ts'
import { mentions } from '../../catalog/index-facts.ts'
import type { ColumnSnapshot, ConstraintSnapshot, TableSnapshot } from '../../model/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { namedIn } from '../../sql/statement-facts.ts'
import { withRenamedColumn } from '../../sql/rename-column.ts'
import { reasonsInTriggers, triggersFired } from './batches.ts'
import type { CopyContext } from './copied-column-steps.ts'
import { copiedConstraintSql } from './copied-constraint-steps.ts'
import type { CopiedColumn } from './copied-dependents.ts'
import { reasonsInReferences } from './copied-reference-steps.ts'
import { triggerDecision } from './mass-change.ts'
import { isReplicaIdentity } from './replica-identity.ts'
import { firesAfterSync } from './sync-steps.ts'

/** Each a clause; empty: it can be copied. */
export function reasonsAgainstCopy(
  { table, from }: Omit<CopiedColumn, 'copy'>,
  { catalog, comments }: CopyContext,
): readonly string[] {
  const spelled = formatRelation(table)
  const fired = triggersFired(catalog, table, 'update')
  return [
    ...(catalog.complete ? [] : ['not all that may hang on it is known: give all migrations, or a database']),
    ...(table.kind === 'table' && table.partitionOf === null
      ? []
      : [`${spelled} is ${table.kind === 'table' ? 'a partition' : `a ${table.kind.replaceAll('-', ' ')}`}`]),
    ...reasonsInColumn(from),
    ...reasonsInDependents(table, from.name, catalog),
    ...reasonsInReferences({ table, from }, catalog),
    ...table.constraints.flatMap((constraint) => reasonsInConstraint(table, constraint, from.name)),
    ...reasonsInReplicaIdentity(table, from.name),
    ...table.triggers
      .filter(({ name }) => firesAfterSync(name))
      .map(
        ({ name }) =>
          `trigger ${quoteIdentifier(name)} would change rows behind the one that keeps both alike`,
      ),
    ...reasonsInTriggers(fired, triggerDecision(comments)),
  ]
}

function reasonsInColumn({ generated: expression }: ColumnSnapshot): readonly string[] {
  return expression === null ? [] : ['it is a generated column']
}

function reasonsInDependents(table: TableSnapshot, column: string, catalog: Catalog): readonly string[] {
  const views = viewsOver(catalog, table, column).map((view) => `view ${formatRelation(view)}`)
  const computed = table.columns
    .filter(
      (one) => one.generated !== null && (namedIn(`SELECT ${one.generated}`)?.columns.has(column) ?? true),
    )
    .map(({ name }) => `generated column ${quoteIdentifier(name)}`)
  const triggers = table.triggers
    .filter(({ columns }) => columns.includes(column))
    .map(({ name }) => `trigger ${quoteIdentifier(name)}`)
  return [...views, ...computed, ...triggers, ...objectsNaming(catalog, table, column)].map(
    (name) => `${name} would go on using the old one`,
  )
}

function reasonsInConstraint(
  table: TableSnapshot,
  constraint: ConstraintSnapshot,
  column: string,
): readonly string[] {
  if (!constraint.columns.includes(column)) return []
  const name = quoteIdentifier(constraint.name)
  switch (constraint.kind) {
    case 'exclude':
      return [`it is part of the exclusion constraint ${name}`]
    case 'trigger':
      return [`constraint trigger ${name} stands on it`]
    case 'check':
    case 'foreign-key':
      return copiedConstraintSql(table, constraint, { from: column, to: column }) === null
        ? [`the definition of ${name} cannot be read`]
        : []
    case 'unique':
    case 'primary-key':
      return definitionOf(constraint) === null ? [`the definition of ${name} cannot be read`] : []
    case 'not-null':
      return []
  }
}

/** An index that is built for the copy becomes it by a statement only, and until then no row can be told by the old one. */
function reasonsInReplicaIdentity(table: TableSnapshot, column: string): readonly string[] {
  const index = table.indexes.find(({ name }) => isReplicaIdentity(table, name))
  return index === undefined || !index.columns.includes(column)
    ? []
    : [
        `it is in index ${quoteIdentifier(index.name)}, the table’s replica identity: set another one (ALTER TABLE … REPLICA IDENTITY) in a migration before this one`,
      ]
}

/** The indexes that cannot be made anew for the copy, in words. */
export function unreadableIndexes({ table, from, copy }: CopiedColumn): readonly string[] {
  return table.indexes
    .filter((index) => mentions(index, from.name))
    .filter((index) => withRenamedColumn(index.definition, from.name, copy) === null)
    .map(({ name }) => `the definition of index ${quoteIdentifier(name)} cannot be read`)
}

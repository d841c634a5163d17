/** a table that is to be copied, what becomes of what hangs on it, and why it cannot be copied. */
import type { Catalog } from '../../catalog/catalog.ts'
import { definitionOf } from '../../catalog/constraint-facts.ts'
import { sourcesOf, viewsOver } from '../../catalog/dependents.ts'
import { sequencesOf } from '../../catalog/sequences.ts'
import type { ConstraintSnapshot, TableSnapshot } from '../../model/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { keyOf, type Key } from './batches.ts'
import { lockstepName } from './lockstep-name.ts'
import type { RecipeContext } from './recipe.ts'
import type { Mirror } from './table-mirror.ts'

/** What the copy has that the table has not. */
export interface WantedShape {
  /** In a title, behind `a copy of t`: `in tablespace fast`. */
  readonly words: string
  /** A column that the copy has beside those of the table; left out: none. */
  readonly column?: string
  /** The author's statements, of the copy, while it is empty. */
  readonly statementsFor: (copy: QualifiedName) => readonly string[]
}

export interface ForeignKey {
  readonly table: TableSnapshot
  readonly constraint: ConstraintSnapshot
}

export interface TableCopy {
  readonly table: TableSnapshot
  readonly shape: WantedShape
  readonly key: Key
  /** By these names a schema of its own holds the copy, and one what the table was, so that all in them keeps its name. */
  readonly copy: QualifiedName
  readonly left: QualifiedName
  readonly forward: Mirror
  readonly backward: Mirror
  readonly written: readonly string[]
  /** Foreign keys of other tables. */
  readonly inbound: readonly ForeignKey[]
  readonly outbound: readonly ConstraintSnapshot[]
  /** Sequences that belong to a column of it, as those of serial columns do. */
  readonly sequences: readonly { readonly name: QualifiedName; readonly column: string }[]
  /** Views that read it. */
  readonly views: readonly QualifiedName[]
  readonly context: RecipeContext
}

/** Of a table that nothing speaks against. */
export function tableCopy(table: TableSnapshot, shape: WantedShape, context: RecipeContext): TableCopy {
  const { catalog } = context
  const name = `${table.schema}.${table.name}`
  const copy = { schema: lockstepName('new', name), name: table.name }
  const left = { schema: lockstepName('old', name), name: table.name }
  const key = keyOf(table)
  const written = table.columns.filter((column) => column.generated === null)
  const inbound = catalog.foreignKeysTo(table).filter((one) => !isSame(one.table, table))
  const common = {
    key: key.map(({ column }) => column),
    columns: written.map((column) => column.name),
    updated: written.filter(({ identity }) => identity !== 'always').map((column) => column.name),
    searchPath: catalog.searchPath,
    isFirst: catalog.foreignKeysTo(table).some(({ constraint }) => cascadesUpdates(constraint)),
  }
  const home = { schema: table.schema, name: table.name }
  return {
    table,
    shape,
    key,
    copy,
    left,
    forward: { ...common, from: home, to: copy, home: copy.schema },
    backward: { ...common, from: home, to: left, home: left.schema },
    written: common.columns,
    inbound,
    outbound: table.constraints.filter(({ kind }) => kind === 'foreign-key'),
    sequences: table.columns.flatMap((column) =>
      sequencesOf(catalog, table, column.name)
        .filter(({ identity }) => !identity)
        .map(({ name: sequence }) => ({ name: sequence, column: column.name })),
    ),
    views: directViews(catalog, table),
    context,
  }
}

export function isSame(one: QualifiedName, other: QualifiedName): boolean {
  return formatRelation(one) === formatRelation(other)
}

function cascadesUpdates(constraint: ConstraintSnapshot): boolean {
  const definition = definitionOf(constraint)
  return definition?.kind === 'foreign-key' && definition.onUpdate === 'cascade'
}

function directViews(catalog: Catalog, table: TableSnapshot): readonly QualifiedName[] {
  return viewsOver(catalog, table, null).filter(
    (view) => sourcesOf(catalog, view)?.some((source) => isSame(source, table)) ?? true,
  )
}

/** Each a clause; empty: it can be copied, unless the server says otherwise when the plan runs (`obstaclesSql`). */
export function reasonsAgainst(
  table: TableSnapshot,
  { catalog, serverVersion }: RecipeContext,
): readonly string[] {
  const key = keyOf(table)
  return [
    ...(catalog.complete ? [] : ['not all that may hang on it is known: give all migrations, or a database']),
    ...(table.kind === 'table' && table.partitionOf === null
      ? []
      : [`it is a ${table.kind === 'table' ? 'partition' : table.kind.replaceAll('-', ' ')}`]),
    ...(catalog.heirsOf(table).length === 0 ? [] : ['other tables inherit from it']),
    ...(key.length > 0
      ? []
      : ['it has no key by which a row of it and of the copy are the same: add a primary key first']),
    ...table.constraints.flatMap((constraint) => reasonsInConstraint(constraint)),
    ...viewsOver(catalog, table, null).flatMap((view) => {
      const known = catalog.table(view)
      return typeof known === 'object' && known.kind === 'materialized-view'
        ? [
            `materialized view ${formatRelation(view)} reads it, and would have to be filled anew under a lock`,
          ]
        : []
    }),
    ...catalog
      .foreignKeysTo(table)
      .flatMap(({ table: of, constraint }) =>
        of.kind === 'partitioned-table' && serverVersion.min < 18
          ? [
              `foreign key ${quoteIdentifier(constraint.name)} of ${formatRelation(of)}, which is partitioned, cannot be added NOT VALID before PostgreSQL 18`,
            ]
          : [],
      ),
  ]
}

function reasonsInConstraint(constraint: ConstraintSnapshot): readonly string[] {
  const name = quoteIdentifier(constraint.name)
  if (constraint.kind === 'trigger' || constraint.kind === 'check' || constraint.kind === 'not-null')
    return []
  const definition = definitionOf(constraint)
  if (definition === null) return [`the definition of ${name} cannot be read`]
  const isKey = definition.kind === 'unique' || definition.kind === 'primary-key'
  return isKey && definition.deferrable
    ? [`rows that ${name}, which is DEFERRABLE, lets pass for a moment would be refused by the copy`]
    : []
}

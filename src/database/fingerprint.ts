import { createHash } from 'node:crypto'
import type {
  CatalogSnapshot,
  ColumnSnapshot,
  ConstraintSnapshot,
  IndexSnapshot,
  TableSnapshot,
} from '../model/catalog.ts'
import type { Plan } from '../model/plan.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'

/** Kinds of object that stand on a table and change what its statements do. Owners, grants, comments, storage do not. */
const kindsOnTables = new Set(['trigger', 'rule', 'policy', 'view', 'materialized-view'])

/**
 * What the tables are, in sorted lines that two databases can be compared by: without the physical order of columns
 * (a replacement column comes last), row counts, or anything about other tables. `relations` as `formatRelation` spells
 * them; one that does not exist is a line too.
 */
export function describeTables(snapshot: CatalogSnapshot, relations: readonly string[]): readonly string[] {
  const tables = new Map(snapshot.tables.map((table) => [formatRelation(table), table]))
  const lines = [...new Set(relations)].flatMap((relation) => {
    const table = tables.get(relation)
    if (table === undefined) return [`${relation} does not exist`]
    return [...linesOfTable(relation, table), ...linesOfObjects(relation, snapshot)]
  })
  return lines.sort(byCodeUnits)
}

/** SHA-256 of `describeTables`, in hexadecimal digits. */
export function fingerprintOf(snapshot: CatalogSnapshot, relations: readonly string[]): string {
  return createHash('sha256').update(describeTables(snapshot, relations).join('\n')).digest('hex')
}

/** Of the tables that a plan relies on. Defaults that it makes of captured values count as such, whatever they are here, or NULL. */
export function planFingerprint(snapshot: CatalogSnapshot, plan: Pick<Plan, 'relations' | 'stages'>): string {
  const captured = new Set(capturedDefaultsOf(plan))
  if (captured.size === 0) return fingerprintOf(snapshot, plan.relations)
  const tables = snapshot.tables.map((table) => ({
    ...table,
    columns: table.columns.map((column) => {
      const isCaptured = captured.has(`${formatRelation(table)}.${quoteIdentifier(column.name)}`)
      return isCaptured ? { ...column, default: 'captured' } : column
    }),
  }))
  return fingerprintOf({ ...snapshot, tables }, plan.relations)
}

function capturedDefaultsOf({ stages }: Pick<Plan, 'stages'>): readonly string[] {
  const conditions = stages
    .flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
    .flatMap(({ before, after }) => [...before, ...after])
  return conditions.flatMap((condition) =>
    condition.kind === 'column-default' && condition.default === 'captured'
      ? [`${condition.table}.${quoteIdentifier(condition.column)}`]
      : [],
  )
}

function linesOfTable(relation: string, table: TableSnapshot): readonly string[] {
  const parent = table.partitionOf === null ? '' : ` partition of ${formatRelation(table.partitionOf)}`
  return [
    `${relation} is a ${table.kind}${parent}`,
    ...table.columns.map((column) => `${relation} column ${lineOfColumn(column)}`),
    ...table.constraints.map((constraint) => `${relation} constraint ${lineOfConstraint(constraint)}`),
    ...table.indexes.map((index) => `${relation} index ${lineOfIndex(index)}`),
  ]
}

function lineOfColumn(column: ColumnSnapshot): string {
  return [
    quoteIdentifier(column.name),
    column.type,
    ...(column.collation === null ? [] : [`collate ${quoteIdentifier(column.collation)}`]),
    ...(column.notNull ? ['not null'] : []),
    ...(column.default === null ? [] : [`default ${column.default}`]),
    ...(column.identity === null ? [] : [`identity ${column.identity}`]),
    ...(column.generated === null ? [] : [`generated ${column.generated}`]),
  ].join(' ')
}

function lineOfConstraint(constraint: ConstraintSnapshot): string {
  const validity = constraint.validated ? '' : ' (not validated)'
  return `${quoteIdentifier(constraint.name)} ${constraint.definition}${validity}`
}

function lineOfIndex(index: IndexSnapshot): string {
  return `${quoteIdentifier(index.name)} ${index.definition}${index.valid ? '' : ' (invalid)'}`
}

function linesOfObjects(relation: string, snapshot: CatalogSnapshot): readonly string[] {
  return snapshot.objects
    .filter(
      ({ kind, identity }) =>
        kindsOnTables.has(kind) && (identity === relation || identity.endsWith(` on ${relation}`)),
    )
    .map(({ kind, identity, definition }) => `${relation} ${kind} ${identity} ${definition}`)
}

/** Not `localeCompare`: the same order on every machine. */
function byCodeUnits(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

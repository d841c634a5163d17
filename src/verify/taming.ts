/**
 * Generated rows are wild, and a migration may rightly refuse some of them: SET NOT NULL over a NULL that production
 * never held. What the author's SQL refuses is learnt from its own error and asked of the rows, one demand at a time, so
 * that all else stays as wild as it was. Each demand is an assumption that the verdict names.
 */
import type { CatalogSnapshot, ConstraintSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { DatabaseError } from '../database/database-error.ts'
import type { Session } from '../database/session.ts'
import { sqlstate } from '../postgres/sqlstate.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import type { SourceFailure } from './run-sources.ts'
import type { ForeignKey, SoftReference } from './table-order.ts'

/** A demand on rows, held by the server while they are made, and gone before anybody else sees the table. */
interface Demand {
  /** What it is about: asked twice, it has not helped. */
  readonly about: string
  readonly sql: string
  readonly undo: string
}

export interface Taming {
  readonly demands: readonly Demand[]
  /** False: no extreme values anywhere. */
  readonly extremes: boolean
  /** True: values of the type that a column will have. */
  readonly likeTheEnd: boolean
  /** Tables that must be empty. */
  readonly leaveEmpty: ReadonlySet<string>
  readonly assumptions: readonly string[]
}

export const wild: Taming = {
  demands: [],
  extremes: true,
  likeTheEnd: false,
  leaveEmpty: new Set(),
  assumptions: [],
}

/** Null: nothing in the rows can mend this failure. */
export function tame(
  taming: Taming,
  failure: SourceFailure,
  catalogs: { readonly base: CatalogSnapshot; readonly end: CatalogSnapshot },
): Taming | null {
  const { error } = failure
  // Class 22 is data exception, class 23 integrity constraint violation.
  const isIntegrity = error.sqlstate?.startsWith('23') ?? false
  if (!isIntegrity && !(error.sqlstate?.startsWith('22') ?? false)) return null
  const table = findTable(catalogs.base, error)
  const demand = table === null ? null : demandOf(taming, table, error, catalogs.end)
  if (demand !== null && !taming.demands.some(({ about }) => about === demand.about)) {
    return assume({ ...taming, demands: [...taming.demands, demand] }, demand.sql, failure)
  }
  if (table !== null && isIntegrity) {
    return emptied(taming, formatRelation(table), failure)
  }
  if (!taming.likeTheEnd) {
    return assume(
      { ...taming, likeTheEnd: true },
      'columns whose type changes hold values of the new type',
      failure,
    )
  }
  if (taming.extremes) {
    return assume({ ...taming, extremes: false }, 'no column holds the extremes of its type', failure)
  }
  return table === null ? null : emptied(taming, formatRelation(table), failure)
}

export function emptied(taming: Taming, relation: string, failure: SourceFailure): Taming | null {
  if (taming.leaveEmpty.has(relation)) return null
  const leaveEmpty = new Set([...taming.leaveEmpty, relation])
  return assume({ ...taming, leaveEmpty }, `${relation} is left empty`, failure)
}

function assume(taming: Taming, what: string, failure: SourceFailure): Taming {
  return { ...taming, assumptions: [...taming.assumptions, `${what}: else ${failure.message}`] }
}

function findTable(catalog: CatalogSnapshot, error: DatabaseError): TableSnapshot | null {
  return catalog.tables.find(({ schema, name }) => schema === error.schema && name === error.table) ?? null
}

function demandOf(
  taming: Taming,
  table: TableSnapshot,
  error: DatabaseError,
  end: CatalogSnapshot,
): Demand | null {
  const relation = formatRelation(table)
  if (error.sqlstate === sqlstate.notNullViolation) {
    const column = table.columns.find(({ name }) => name === error.column)
    return column === undefined ? null : notNullDemand(relation, column.name)
  }
  const after = end.tables.find(({ schema, name }) => schema === table.schema && name === table.name)
  const name = `lockstep_demand_${taming.demands.length + 1}`
  const constraint = after?.constraints.find((one) => one.name === error.constraint)
  const index = after?.indexes.find((one) => one.name === error.constraint)
  const columns = index?.columns ?? constraint?.columns ?? []
  const isThere = columns.every((column) => table.columns.some((one) => one.name === column))
  const isOld = [...table.constraints, ...table.indexes].some((one) => one.name === error.constraint)
  if (!isThere || isOld || columns.length === 0) return null
  if (constraint !== undefined && !['unique', 'primary-key'].includes(constraint.kind)) {
    return constraintDemand(relation, name, constraint)
  }
  return index === undefined ? null : uniqueDemand(table, relation, name, columns)
}

function notNullDemand(relation: string, column: string): Demand {
  const alter = `ALTER TABLE ${relation} ALTER COLUMN ${quoteIdentifier(column)}`
  return { about: alter, sql: `${alter} SET NOT NULL`, undo: `${alter} DROP NOT NULL` }
}

function constraintDemand(relation: string, name: string, constraint: ConstraintSnapshot): Demand {
  return {
    about: `${relation} ${constraint.name}`,
    sql: `ALTER TABLE ${relation} ADD CONSTRAINT ${name} ${constraint.definition}`,
    undo: `ALTER TABLE ${relation} DROP CONSTRAINT ${name}`,
  }
}

/** A partial unique index asks for less than this; more is no harm. */
function uniqueDemand(
  table: TableSnapshot,
  relation: string,
  name: string,
  columns: readonly (string | null)[],
): Demand | null {
  const quoted = columns.flatMap((column) => (column === null ? [] : [quoteIdentifier(column)]))
  if (quoted.length < columns.length) return null
  return {
    about: `${relation} ${quoted.join(', ')}`,
    sql: `CREATE UNIQUE INDEX ${name} ON ${relation} (${quoted.join(', ')})`,
    undo: `DROP INDEX ${formatRelation({ schema: table.schema, name })}`,
  }
}

/** Puts the demands in force; the answer takes them back. */
export async function hold(session: Session, demands: readonly Demand[]): Promise<() => Promise<void>> {
  for (const { sql } of demands) await session.execute(sql)
  return async () => {
    for (const { undo } of demands.toReversed()) await session.execute(undo)
  }
}

/** Foreign keys that the end has and the base has not, between columns that the base has. */
export function referencesToCome(base: CatalogSnapshot, end: CatalogSnapshot): readonly SoftReference[] {
  return base.tables.flatMap((table) => {
    const after = end.tables.find(({ schema, name }) => schema === table.schema && name === table.name)
    const has = (columns: readonly string[], of: TableSnapshot | undefined): boolean =>
      of !== undefined && columns.every((column) => of.columns.some(({ name }) => name === column))
    return (after?.constraints ?? []).flatMap((constraint) => {
      const { references, columns } = constraint
      if (constraint.kind !== 'foreign-key' || references === null) return []
      const parent = base.tables.find(
        ({ schema, name }) => schema === references.schema && name === references.name,
      )
      if (!has(columns, table) || !has(references.columns, parent)) return []
      const key: ForeignKey = { columns, parent: references, parentColumns: references.columns }
      return [{ schema: table.schema, name: table.name, ...key }]
    })
  })
}

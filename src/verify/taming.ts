/**
 * Generated rows are wild, and a migration may rightly refuse some of them: SET NOT NULL over a NULL that production
 * never held. What the author's SQL refuses is learnt from its own error and asked of the rows, one demand at a time, so
 * that all else stays as wild as it was. Each demand is an assumption that the verdict names.
 */
import type { CatalogSnapshot, ConstraintSnapshot, IndexSnapshot, TableSnapshot } from '../model/catalog.ts'
import { DatabaseError } from '../database/database-error.ts'
import type { Session } from '../database/session.ts'
import { sqlstate } from '../postgres/sqlstate.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import type { Children } from './generate-rows.ts'
import type { SourceFailure } from './run-sources.ts'
import { columnKey, type ColumnsByTable } from './column-type.ts'
import type { ForeignKey, SoftReference } from './table-order.ts'

/** A demand on rows, held by the server while they are made, and gone before anybody else sees the table. */
interface Demand {
  /** In words; asked twice, it has not helped. */
  readonly about: string
  /** SQL, given a name that nothing else has. */
  readonly hold: (name: string) => string
  readonly release: (name: string) => string
}

export interface Taming {
  readonly demands: readonly Demand[]
  /** False: no extreme values anywhere. */
  readonly extremes: boolean
  /** Columns as they will be when they bind: values are of those types. Null: of their own. */
  readonly columnsToCome: ColumnsByTable | null
  /** Columns of text (`columnKey`) that hold JSON. */
  readonly documents: ReadonlySet<string>
  readonly children: Children
  /** Tables whose texts are keys of another, or empty: a column made from one of them will reference it. */
  readonly keysOnly: readonly SoftReference[]
  /** Tables that must be empty. */
  readonly leaveEmpty: ReadonlySet<string>
  readonly assumptions: readonly string[]
  /** Values that nobody knows the columns of; null: there was no such complaint yet. */
  readonly unbearable: UnbearableValues | null
}

interface UnbearableValues {
  /** Where the author's SQL met them last, with the SQLSTATE. */
  readonly place: string
  /** As it was when the place was first met, for the server names no column, and what does not help is taken back. */
  readonly before: Taming
  readonly remediesTried: number
}

export const wild: Taming = {
  demands: [],
  extremes: true,
  columnsToCome: null,
  documents: new Set(),
  children: 'skewed',
  keysOnly: [],
  leaveEmpty: new Set(),
  assumptions: [],
  unbearable: null,
}

export interface Rehearsal {
  readonly catalog: CatalogSnapshot
  readonly columns: ColumnsByTable
}

/** What the author's SQL makes of the base without rows. */
export interface Rehearsals {
  readonly base: CatalogSnapshot
  /** As far as the file that complained, and with it: what a later file drops is still there. */
  readonly meanwhile: Rehearsal
  readonly end: Rehearsal
}

/** Null: nothing in the rows can mend this failure. */
export function tame(taming: Taming, failure: SourceFailure, seen: Rehearsals): Taming | null {
  const { error } = failure
  // Class 22 is data exception, class 23 integrity constraint violation.
  const isIntegrity = error.sqlstate?.startsWith('23') ?? false
  if (!isIntegrity && !(error.sqlstate?.startsWith('22') ?? false)) return null
  const table = findTable(seen.base, error)
  const asked = demandsFor(table, error, seen)
  const news = asked.filter((one) => !taming.demands.some(({ about }) => about === one.about))
  const [blamed] = asked
  if (blamed !== undefined && news.includes(blamed)) {
    const others = news.filter((one) => one !== blamed).map(({ about }) => `${about}, as it will have to be`)
    const blamedFor = assume({ ...taming, demands: [...taming.demands, ...news] }, blamed.about, failure)
    return { ...blamedFor, assumptions: [...blamedFor.assumptions, ...others] }
  }
  const keys = table === null ? null : keysOnly(table, error, seen.meanwhile.catalog)
  if (keys !== null && !taming.keysOnly.some((one) => one.name === keys.name && one.schema === keys.schema)) {
    const what = `${formatRelation(keys)} holds only keys of ${formatRelation(keys.parent)} as texts`
    return assume({ ...taming, keysOnly: [...taming.keysOnly, keys] }, what, failure)
  }
  if (table !== null && isIntegrity) return emptied(taming, formatRelation(table), failure)
  return tameValues(taming, failure, seen, table)
}

/**
 * Class 22: a value out of range, too long, or no text of the type that it becomes. Class 23 of a table that the base does
 * not have: what is gathered into it does not fit together.
 */
function tameValues(
  taming: Taming,
  failure: SourceFailure,
  seen: Rehearsals,
  table: TableSnapshot | null,
): Taming | null {
  const place = `${failure.place} ${failure.error.sqlstate}`
  const known = taming.unbearable?.place === place ? taming.unbearable : null
  const before = known?.before ?? taming
  const remediesTried = known?.remediesTried ?? 0
  const remedy = remediesFor(before, failure, seen, table)[remediesTried]
  if (remedy === undefined) return null
  return { ...remedy, unbearable: { place, before, remediesTried: remediesTried + 1 } }
}

const childrenOrder: readonly Children[] = ['skewed', 'complete', 'single']

const childrenInWords = {
  complete: 'no row is without its counterpart where the key of a table is a foreign key',
  single: 'no two rows of a table have the same parent',
} as const

/** Each instead of the one before it. */
function remediesFor(
  taming: Taming,
  failure: SourceFailure,
  seen: Rehearsals,
  table: TableSnapshot | null,
): readonly Taming[] {
  const documents = new Set([...taming.documents, ...documentsToCome(seen)])
  const asDocuments = assume(
    { ...taming, documents },
    'texts of the name of a json column to come are JSON',
    failure,
  )
  const isGathered = failure.error.sqlstate?.startsWith('23') ?? false
  const withChildren = (children: 'complete' | 'single'): readonly Taming[] =>
    isGathered && childrenOrder.indexOf(children) > childrenOrder.indexOf(taming.children)
      ? [assume({ ...taming, children }, childrenInWords[children], failure)]
      : []
  const asToCome = (from: Taming): Taming =>
    assume(
      { ...from, columnsToCome: seen.meanwhile.columns },
      'columns whose type changes hold values of the new type',
      failure,
    )
  const tame = (from: Taming): Taming =>
    assume({ ...from, extremes: false }, 'no column holds the extremes of its type', failure)
  const isOfJson = failure.error.message.includes('json') && documents.size > taming.documents.size
  const isOfTypes = taming.columnsToCome !== seen.meanwhile.columns
  const emptyTable = table === null ? null : emptied(taming, formatRelation(table), failure)
  return [
    ...(isOfJson ? [asDocuments] : []),
    ...withChildren('complete'),
    ...withChildren('single'),
    ...(isOfTypes ? [asToCome(taming)] : []),
    ...(taming.extremes ? [tame(taming)] : []),
    ...(isOfTypes && taming.extremes ? [tame(asToCome(taming))] : []),
    ...(emptyTable === null ? [] : [emptyTable]),
  ]
}

/** A name says what a column is for, in whatever table it stands. */
function documentsToCome({ base, meanwhile }: Rehearsals): readonly string[] {
  const names = new Set(
    [...meanwhile.columns.values()].flatMap((columns) =>
      columns
        .filter(({ type }) => type.kind === 'base' && (type.name === 'json' || type.name === 'jsonb'))
        .map(({ name }) => name),
    ),
  )
  return base.tables.flatMap((table) =>
    table.columns
      .filter(({ name, type }) => type === 'text' && names.has(name))
      .map(({ name }) => columnKey(table, name)),
  )
}

function emptied(taming: Taming, relation: string, failure: SourceFailure): Taming | null {
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

/**
 * The demand that answers the error first. Where one key to come collides, the others of its kind would be next, and
 * every complaint costs another load of rows; NULLs are forbidden one column at a time, since what fills them is worth
 * seeing at work.
 */
function demandsFor(table: TableSnapshot | null, error: DatabaseError, seen: Rehearsals): readonly Demand[] {
  if (table === null) return []
  if (error.sqlstate === sqlstate.notNullViolation) {
    const column = table.columns.find(({ name }) => name === error.column)
    return column === undefined ? [] : [notNullDemand(formatRelation(table), column.name)]
  }
  const toCome = seen.base.tables.flatMap((one) => [
    ...demandsToCome(one, seen.meanwhile.catalog),
    ...demandsToCome(one, seen.end.catalog),
  ])
  const blamed = toCome.find((one) => one.table === table && one.name === error.constraint)
  if (blamed === undefined) return []
  const alike = blamed.kind === 'other' ? [] : toCome.filter((one) => one.kind === blamed.kind)
  return [...new Map([blamed, ...alike].map(({ demand }) => [demand.about, demand])).values()]
}

/** A foreign key that binds a column yet to come, which can only be made from columns that are there. */
function keysOnly(
  table: TableSnapshot,
  error: DatabaseError,
  meanwhile: CatalogSnapshot,
): SoftReference | null {
  const { schema, name } = table
  const after = meanwhile.tables.find((one) => one.schema === schema && one.name === name)
  const constraint = after?.constraints.find((one) => one.name === error.constraint)
  const references = constraint?.kind === 'foreign-key' ? constraint.references : null
  if (constraint === undefined || references === null || constraint.columns.length > 1) return null
  return { schema, name, columns: constraint.columns, parent: references, parentColumns: references.columns }
}

interface DemandToCome {
  readonly table: TableSnapshot
  readonly kind: 'unique' | 'foreign-key' | 'other'
  /** Of the constraint or index that will ask for it. */
  readonly name: string
  readonly demand: Demand
}

/** Constraints and unique indexes that the end has and the base has not, over columns that the base has. */
function demandsToCome(table: TableSnapshot, end: CatalogSnapshot): readonly DemandToCome[] {
  const after = end.tables.find(({ schema, name }) => schema === table.schema && name === table.name)
  const old = new Set([...table.constraints, ...table.indexes].map(({ name }) => name))
  const isToCome = (one: { readonly name: string; readonly columns: readonly (string | null)[] }): boolean =>
    !old.has(one.name) &&
    one.columns.length > 0 &&
    one.columns.every((column) => table.columns.some(({ name }) => name === column))
  const constraints = (after?.constraints ?? [])
    .filter(({ kind }) => kind === 'check' || kind === 'foreign-key' || kind === 'exclude')
    .filter(isToCome)
    .map((one) => ({
      table,
      kind: one.kind === 'foreign-key' ? ('foreign-key' as const) : ('other' as const),
      name: one.name,
      demand: constraintDemand(formatRelation(table), one),
    }))
  const indexes = (after?.indexes ?? [])
    .filter(({ unique }) => unique)
    .filter(isToCome)
    .map((one) => ({ table, kind: 'unique' as const, name: one.name, demand: uniqueDemand(table, one) }))
  return [...constraints, ...indexes]
}

function notNullDemand(relation: string, column: string): Demand {
  const alter = `ALTER TABLE ${relation} ALTER COLUMN ${quoteIdentifier(column)}`
  return {
    about: `${relation}.${quoteIdentifier(column)} is not null`,
    hold: () => `${alter} SET NOT NULL`,
    release: () => `${alter} DROP NOT NULL`,
  }
}

function constraintDemand(relation: string, { definition }: ConstraintSnapshot): Demand {
  return {
    about: `${relation} keeps ${definition}`,
    hold: (name) => `ALTER TABLE ${relation} ADD CONSTRAINT ${name} ${definition}`,
    release: (name) => `ALTER TABLE ${relation} DROP CONSTRAINT ${name}`,
  }
}

/** A partial unique index asks for less than this; more is no harm. */
function uniqueDemand(table: TableSnapshot, index: IndexSnapshot): Demand {
  const relation = formatRelation(table)
  const columns = index.columns
    .flatMap((column) => (column === null ? [] : [quoteIdentifier(column)]))
    .join(', ')
  return {
    about: `${relation} (${columns}) is unique`,
    hold: (name) => `CREATE UNIQUE INDEX ${name} ON ${relation} (${columns})`,
    release: (name) => `DROP INDEX ${formatRelation({ schema: table.schema, name })}`,
  }
}

/**
 * Puts the demands in force; the answer takes them back. One that the base cannot hold (a foreign key between types
 * that do not match yet) is passed over: the author's SQL complains again, and the next remedy is tried.
 */
export async function hold(session: Session, demands: readonly Demand[]): Promise<() => Promise<void>> {
  const undo: string[] = []
  for (const [at, demand] of demands.entries()) {
    const name = `lockstep_demand_${at + 1}`
    try {
      await session.execute(demand.hold(name))
      undo.unshift(demand.release(name))
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    }
  }
  return async () => {
    for (const sql of undo) await session.execute(sql)
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

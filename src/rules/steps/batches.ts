/** What every statement that is cut into batches has in common: its key, and why it may not be cut. */
import type { Catalog } from '../../catalog/catalog.ts'
import { sourcesOf } from '../../catalog/dependents.ts'
import { triggersOn } from '../../catalog/trigger-facts.ts'
import type { IndexSnapshot, TableSnapshot } from '../../model/catalog.ts'
import { isAggregate, isSetReturning } from '../../postgres/aggregate.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../../postgres/relation-name.ts'
import { volatilityOf } from '../../postgres/volatility.ts'
import type { RowsFacts } from '../../sql/rows-facts.ts'
import { columnObjects, rowsObject, tableObject } from './objects.ts'
import type { StepSketchOf } from './step-sketch.ts'

export type Key = StepSketchOf<'in-batches'>['key']

/** DESIGN 7.15. */
export const batchLimits = { targetMs: 40, lockTimeoutMs: 250, batchRowsMax: 10_000 } as const

/** What the author has decided about the user's own triggers (`-- lockstep: triggers fire because …`). */
export type TriggerDecision = 'fire' | 'suppress' | null

export interface BatchOptions {
  /** As it is just before the statement. */
  readonly catalog: Catalog
  readonly triggers: TriggerDecision
}

/** The primary key, else the shortest unique index over columns that are all NOT NULL, else nothing. */
export function keyOf(table: TableSnapshot): Key {
  const primary = table.constraints.find(({ kind }) => kind === 'primary-key')
  const columns = primary?.columns ?? shortestUniqueIndex(table)
  return columns.map((column) => ({ column, type: typeOf(table, column) }))
}

function shortestUniqueIndex(table: TableSnapshot): readonly string[] {
  const isUsable = (index: IndexSnapshot) =>
    index.unique &&
    index.valid &&
    !index.partial &&
    index.method === 'btree' &&
    index.columns.every((column) => column !== null && isNotNull(table, column))
  const [shortest] = table.indexes.filter(isUsable).sort((a, b) => a.columns.length - b.columns.length)
  return (shortest?.columns ?? []).filter((column) => column !== null)
}

function isNotNull(table: TableSnapshot, column: string): boolean {
  return table.columns.some(({ name, notNull }) => name === column && notNull)
}

function typeOf(table: TableSnapshot, column: string): string {
  return table.columns.find(({ name }) => name === column)?.type ?? 'text'
}

/** Why a range of the rows would not come out as it does among all of them. */
export function reasonsInText({ functions, clauses }: RowsFacts, returning: boolean): readonly string[] {
  const volatile = functions.filter((name) => !isSteady(name))
  return [
    ...clauses.map((clause) => `${clause} in it chooses among all rows, and a batch has only some`),
    ...(returning ? ['RETURNING has nobody to return to'] : []),
    ...volatile.map((name) => `${name}() is volatile, or not known to be anything else`),
  ]
}

function isSteady(name: string): boolean {
  return volatilityOf(name) === 'not-volatile' || isAggregate(name) || isSetReturning(name)
}

/** Only tables hold rows that a key can cut. */
export function reasonsInKind(table: TableSnapshot): readonly string[] {
  if (table.kind === 'table' || table.kind === 'partitioned-table') return []
  return [`${formatRelation(table)} is a ${table.kind.replaceAll('-', ' ')}`]
}

/** A trigger of a partitioned table fires for the rows of its partitions, and theirs for a statement on it. */
export function triggersFired(
  catalog: Catalog,
  table: TableSnapshot,
  event: 'insert' | 'update' | 'delete',
): readonly FiredTrigger[] {
  const family = familyOf(catalog, table).map((name) => catalog.table(name))
  const names = family.flatMap((one) => (typeof one === 'object' ? triggersOn(one, event) : []))
  return [...new Set(names)].map((trigger) => ({ table, trigger }))
}

export interface FiredTrigger {
  readonly table: QualifiedName
  readonly trigger: string
}

/** `fired`: the user's own triggers, each with its table. */
export function reasonsInTriggers(
  fired: readonly FiredTrigger[],
  decision: TriggerDecision,
): readonly string[] {
  if (fired.length === 0 || decision === 'fire') return []
  const tables = [...new Set(fired.map(({ table }) => formatRelation(table)))]
  const on = tables
    .map((name) => {
      const own = fired.filter(({ table }) => formatRelation(table) === name)
      return `${own.map(({ trigger }) => quoteIdentifier(trigger)).join(', ')} on ${name}`
    })
    .join(' and ')
  return decision === 'suppress'
    ? [
        `suppressing ${on} is not offered: PostgreSQL switches triggers off for everybody (ALTER TABLE … DISABLE TRIGGER) or together with the foreign keys (session_replication_role)`,
      ]
    : [
        `it would fire ${on} for every row; say which you want with "-- lockstep: triggers fire because …" or "-- lockstep: triggers suppress because …"`,
      ]
}

/** Tables that a statement reads beside its own; views stand for what they read. Null: it cannot be told. */
export function tablesRead(
  catalog: Catalog,
  reads: readonly RelationName[],
): readonly TableSnapshot[] | null {
  const found = new Map<string, TableSnapshot>()
  const seen = new Set<string>()
  const pending = [...reads]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const name = formatRelation(catalog.resolve(next))
    if (seen.has(name)) continue
    seen.add(name)
    const table = catalog.table(next)
    if (typeof table !== 'object') return null
    const sources = table.kind === 'view' ? sourcesOf(catalog, next) : []
    if (sources === null) return null
    pending.push(...sources)
    if (table.kind !== 'view') found.set(name, table)
  }
  return [...found.values()].sort((a, b) => (formatRelation(a) < formatRelation(b) ? -1 : 1))
}

/** The table, its partitions, and what it is a partition of: one row stands in several of them. */
export function familyOf(catalog: Catalog, table: TableSnapshot): readonly QualifiedName[] {
  const above: QualifiedName[] = []
  for (let parent = table.partitionOf; parent !== null;) {
    above.push(parent)
    const known: ReturnType<Catalog['table']> = catalog.table(parent)
    parent = typeof known === 'object' ? known.partitionOf : null
  }
  return [table, ...catalog.partitionsOf(table), ...above]
}

/**
 * Batches that read other tables ask them anew each, which is as well as asking once, unless the statement itself changes
 * the answers; what its triggers do, the author answers for. `changes`: tables that it changes beside its own, and how.
 */
export function reasonsInReads(
  catalog: Catalog,
  target: TableSnapshot,
  reads: readonly RelationName[],
  changes: readonly { readonly table: QualifiedName; readonly how: string }[],
): readonly string[] {
  if (reads.length === 0) return []
  const spelled = formatRelation(target)
  const tables = tablesRead(catalog, reads)
  if (tables === null) {
    const names = reads.map((name) => formatRelation(catalog.resolve(name))).join(', ')
    return [`it reads ${names}, of which too little is known: give the earlier migrations or a database`]
  }
  const names = new Set(tables.flatMap((table) => familyOf(catalog, table)).map(formatRelation))
  const own = familyOf(catalog, target).map(formatRelation)
  const changed = changes.filter(({ table }) => names.has(formatRelation(table)))
  return [
    ...(own.some((name) => names.has(name))
      ? [
          `it reads ${spelled} itself, and a batch would meet what the batches before it have done: put the keys of the rows into a table of their own first, and let the statement read that`,
        ]
      : []),
    ...changed.map(({ table, how }) => `it reads ${formatRelation(table)}, which it changes itself ${how}`),
  ]
}

/** What a step relies on in the tables that its statement reads beside its own. */
export function objectsRead(
  catalog: Catalog,
  reads: readonly RelationName[],
  { columns }: RowsFacts,
): readonly string[] {
  const named = reads.map((name) => tableObject(catalog.resolve(name)))
  const behind = (tablesRead(catalog, reads) ?? []).flatMap((table) => {
    const own = table.columns.map(({ name }) => name)
    const read = columns.includes('*') ? own : own.filter((name) => columns.includes(name))
    return [tableObject(table), rowsObject(table), ...columnObjects(table, read)]
  })
  return [...named, ...behind]
}

export function notesOnReads(
  statement: string,
  catalog: Catalog,
  reads: readonly RelationName[],
): readonly string[] {
  if (reads.length === 0) return []
  const names = reads.map((name) => formatRelation(catalog.resolve(name))).join(', ')
  return [`Each batch of the ${statement} asks ${names} anew, and goes by what it finds at that moment.`]
}

/** They answer by the transaction's beginning, and each batch is a transaction of its own. */
export const clocks: ReadonlySet<string> = new Set([
  'now',
  'transaction_timestamp',
  'statement_timestamp',
  'current_timestamp',
  'current_date',
  'current_time',
  'localtimestamp',
  'localtime',
])

export function notesOnClocks(statement: string, functions: readonly string[]): readonly string[] {
  return [...new Set(functions)]
    .filter((name) => clocks.has(name))
    .map(
      (name) =>
        `${name} in the ${statement} is asked anew for each batch, so rows of different batches may differ in it.`,
    )
}

export function cannotCut(statement: string, reasons: readonly string[]): { readonly cannot: string } {
  return {
    cannot: `The ${statement} cannot be cut into batches: ${reasons.join('; ')}. Rewrite it, or run it by hand outside of the plan.`,
  }
}

export function nothingKnown(table: QualifiedName, verb: string): { readonly cannot: string } {
  return {
    cannot: `Nothing is known of ${formatRelation(table)}, so there is no key to cut the ${verb} by: give the earlier migrations or a database.`,
  }
}

/** the author's mass UPDATE, cut into key ranges that each commit on their own. */
import type { Catalog } from '../../catalog/catalog.ts'
import { definitionOf } from '../../catalog/constraint-facts.ts'
import type { ConstraintSnapshot, IndexSnapshot, TableSnapshot } from '../../model/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { ActionOf, Expression } from '../../model/statement.ts'
import { volatilityOf } from '../../postgres/volatility.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated, inKeyRange } from '../../sql/edit.ts'
import { updateFacts } from '../../sql/statement-facts.ts'
import { columnObjects, rowsObject, tableObject, touching } from './objects.ts'
import type { Recipe } from './recipe.ts'
import { undoNever, type StepSketchOf } from './step-sketch.ts'

type Update = ActionOf<'update'>
type Key = StepSketchOf<'in-batches'>['key']

export const batchLimits = { targetMs: 40, batchRowsMax: 10_000, lockTimeoutMs: 250 } as const

/** What the author has decided about the user's own triggers (`-- lockstep: triggers fire because …`). */
export type TriggerDecision = 'fire' | 'suppress' | null

export function updateInBatchesSteps(
  update: Update,
  { catalog, triggers }: { readonly catalog: Catalog; readonly triggers: TriggerDecision },
): Recipe {
  const table = catalog.table(update.table)
  const name = catalog.resolve(update.table)
  const spelled = formatRelation(name)
  if (typeof table !== 'object') {
    return {
      cannot: `Nothing is known of ${spelled}, so there is no key to cut the UPDATE by: give the earlier migrations or a database.`,
    }
  }
  const key = keyOf(table)
  const reasons = [
    ...reasonsInStatement(update),
    ...reasonsInTable(update, table, key, catalog),
    ...reasonsInTriggers(table, triggers),
  ]
  if (reasons.length > 0) {
    return {
      cannot: `The UPDATE of ${spelled} cannot be cut into batches: ${reasons.join('; ')}. Rewrite it, or run it by hand outside of the plan.`,
    }
  }
  return { steps: [batchesStep(update, table, key, catalog)], notes: notesOn(update, spelled) }
}

function batchesStep(
  update: Update,
  table: TableSnapshot,
  key: Key,
  catalog: Catalog,
): StepSketchOf<'in-batches'> {
  const spelled = formatRelation(table)
  const columns = update.set.map(({ column }) => column)
  const read = [update.where, ...update.set.map(({ expression }) => expression)].flatMap(
    (expression) => expression?.columns ?? [],
  )
  return {
    kind: 'in-batches',
    slug: `update ${table.name} ${columns.join(' ')}`,
    phase: 'backfill',
    title: `Set ${columns.map(quoteIdentifier).join(', ')} of ${spelled} in batches`,
    table: spelled,
    key,
    sql: inKeyRange(update.sql, key),
    ...batchLimits,
    touches: touching({
      reads: [
        tableObject(table),
        ...columnObjects(table, [...columns, ...read, ...key.map(({ column }) => column)]),
      ],
      changes: [rowsObject(table)],
    }),
    before: [{ kind: 'table', table: spelled, exists: true }],
    after: staysTrue(update, table, catalog) ? [leftOver(update, table)] : [],
    undo: undoNever(`the values that ${spelled} had before are not kept`),
  }
}

/** Each batch leaves rows behind that a question can tell from the others: the new values are made of what stays. */
function isTold({ set, where, sql }: Update): boolean {
  if (updateFacts(sql).partial) return false
  if (set.some(({ expression }) => expression.sql.toUpperCase() === 'DEFAULT')) return false
  const changed = new Set(set.map(({ column }) => column))
  const reads = [...set.map(({ expression }) => expression), ...(where === null ? [] : [where])]
  return (
    reads.every(({ columns }) => columns.every((column) => !changed.has(column))) &&
    set.every(({ expression }) => functionsOf([expression]).every((name) => !clocks.has(name)))
  )
}

/**
 * May the question be asked at the end? Rows that the application writes meanwhile would answer it, unless it does not
 * know the column, and what it leaves out is filled with the same value by default.
 */
function staysTrue(update: Update, table: TableSnapshot, catalog: Catalog): boolean {
  if (!isTold(update)) return false
  if (!update.set.every(({ column }) => catalog.isFresh(table, column))) return false
  return update.set.every(({ column, expression }) => {
    const standard = table.columns.find(({ name }) => name === column)?.default ?? null
    return standard === expression.sql || standard?.startsWith(`${expression.sql}::`) === true
  })
}

function leftOver(update: Update, table: TableSnapshot): Condition {
  const spelled = formatRelation(table)
  const alias = update.alias === null ? '' : ` AS ${quoteIdentifier(update.alias)}`
  const qualifier = quoteIdentifier(update.alias ?? table.name)
  const differs = update.set.map(
    ({ column, expression }) =>
      `${qualifier}.${quoteIdentifier(column)} IS DISTINCT FROM (${expression.sql})`,
  )
  const where = update.where === null ? '' : `(${update.where.sql}) AND `
  return {
    kind: 'no-rows',
    sql: generated(`SELECT * FROM ${spelled}${alias} WHERE ${where}(${differs.join(' OR ')}) LIMIT 20`),
    otherwise: `These rows of ${spelled} have not been changed`,
  }
}

/** The primary key, else the shortest unique index over columns that are all NOT NULL, else nothing (ctid ranges). */
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

/** Rows that collide for a moment pass in one statement, and not in batches. */
function isDeferredKey(constraint: ConstraintSnapshot): boolean {
  if (constraint.kind === 'exclude') return true
  if (constraint.kind !== 'unique' && constraint.kind !== 'primary-key') return false
  const definition = definitionOf(constraint)
  return definition === null || ('deferrable' in definition && definition.deferrable)
}

/** Why each batch would not do to its rows what the one statement would have done. */
function reasonsInStatement(update: Update): readonly string[] {
  const expressions = [update.where, ...update.set.map(({ expression }) => expression)].filter(
    (expression) => expression !== null,
  )
  const volatile = functionsOf(expressions).filter((name) => volatilityOf(name) !== 'not-volatile')
  return [
    ...(update.reads.length > 0
      ? [`it reads ${update.reads.map(formatRelation).join(', ')}, which change between batches`]
      : []),
    ...(update.reads.length === 0 && expressions.some(({ hasSubquery }) => hasSubquery)
      ? ['a subquery in it may answer otherwise in each batch']
      : []),
    ...(update.returning ? ['RETURNING has nobody to return to'] : []),
    ...volatile.map((name) => `${name}() is volatile, or not known to be anything else`),
  ]
}

function functionsOf(expressions: readonly Expression[]): readonly string[] {
  return [...new Set(expressions.flatMap(({ functions }) => functions))]
}

function reasonsInTable(update: Update, table: TableSnapshot, key: Key, catalog: Catalog): readonly string[] {
  const set = new Set(update.set.map(({ column }) => column))
  const changedKeys = key.filter(({ column }) => set.has(column))
  if (changedKeys.length > 0) {
    const names = changedKeys.map(({ column }) => quoteIdentifier(column)).join(', ')
    return [`it sets ${names}, by which the batches would be cut`]
  }
  if (table.kind !== 'table' && table.kind !== 'partitioned-table') {
    return [`${formatRelation(table)} is a ${table.kind.replaceAll('-', ' ')}`]
  }
  const deferred = table.constraints.find(
    (one) => isDeferredKey(one) && one.columns.some((name) => set.has(name)),
  )
  if (deferred !== undefined) {
    return [
      `it sets columns of ${quoteIdentifier(deferred.name)}, which is only asked at the end of all rows, or compares each with the others`,
    ]
  }
  if (key.length > 0) return []
  if (table.kind === 'partitioned-table') return [`${formatRelation(table)} is partitioned and has no key`]
  // A row that is written meanwhile moves to another block: it may be met twice, or passed over.
  // Only the question at the end would tell.
  const { only } = updateFacts(update.sql)
  if (!only && staysTrue(update, table, catalog)) return []
  return [
    `${formatRelation(table)} has no key, and nothing tells the rows that are done from the others: add a primary key first`,
  ]
}

export function reasonsInTriggers(table: TableSnapshot, triggers: TriggerDecision): readonly string[] {
  if (table.updateTriggers.length === 0 || triggers === 'fire') return []
  const names = table.updateTriggers.map(quoteIdentifier).join(', ')
  const on = `${names} on ${formatRelation(table)}`
  return triggers === 'suppress'
    ? [`suppressing ${on} is not offered yet`]
    : [
        `it would fire ${on} for every row; say which you want with "-- lockstep: triggers fire because …" or "-- lockstep: triggers suppress because …"`,
      ]
}

/** They answer by the transaction's beginning, and each batch is a transaction of its own. */
const clocks: ReadonlySet<string> = new Set([
  'now',
  'transaction_timestamp',
  'statement_timestamp',
  'current_timestamp',
  'current_date',
  'current_time',
  'localtimestamp',
  'localtime',
])

function notesOn(update: Update, spelled: string): readonly string[] {
  const asked = functionsOf(update.set.map(({ expression }) => expression)).filter((name) => clocks.has(name))
  return asked.map(
    (name) =>
      `${name} in the UPDATE of ${spelled} is asked anew for each batch, so rows of different batches may differ in it.`,
  )
}

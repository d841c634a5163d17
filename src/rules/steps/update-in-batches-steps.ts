/** the author's mass UPDATE, cut into key ranges that each commit on their own. */
import type { Catalog } from '../../catalog/catalog.ts'
import { definitionOf } from '../../catalog/constraint-facts.ts'
import type { ConstraintSnapshot, TableSnapshot } from '../../model/catalog.ts'
import type { ConditionOf } from '../../model/condition.ts'
import type { Holding } from '../../model/plan.ts'
import type { ActionOf, Expression } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated, inKeyRange } from '../../sql/edit.ts'
import { rowsFacts } from '../../sql/rows-facts.ts'
import { updateFacts } from '../../sql/statement-facts.ts'
import {
  batchLimits,
  cannotCut,
  clocks,
  keyOf,
  nothingKnown,
  notesOnClocks,
  notesOnReads,
  objectsRead,
  reasonsInKind,
  reasonsInReads,
  reasonsInText,
  reasonsInTriggers,
  triggersFired,
  type BatchOptions,
  type Key,
} from './batches.ts'
import { columnObjects, rowsObject, tableObject, touching } from './objects.ts'
import { updatedObjects } from './row-objects.ts'
import type { Recipe } from './recipe.ts'
import { undoNever, type StepSketchOf } from './step-sketch.ts'

type Update = ActionOf<'update'>

export function updateInBatchesSteps(update: Update, options: BatchOptions): Recipe {
  const { catalog } = options
  const table = catalog.table(update.table)
  if (typeof table !== 'object') return nothingKnown(catalog.resolve(update.table), 'UPDATE')
  const statement = `UPDATE of ${formatRelation(table)}`
  const key = keyOf(table)
  const facts = rowsFacts(update.sql)
  const reasons = [
    ...reasonsInText(facts, update.returning),
    ...reasonsInReads(catalog, table, update.reads, changedByKeys(update, catalog)),
    ...reasonsInTable(update, table, key, catalog),
    ...reasonsInTriggers(triggersFired(catalog, table, 'update'), options.triggers),
  ]
  if (reasons.length > 0) return cannotCut(statement, reasons)
  const set = update.set.map(({ expression }) => expression)
  return {
    steps: [batchesStep(update, table, key, catalog)],
    notes: [
      ...notesOnReads(statement, catalog, update.reads),
      ...notesOnClocks(statement, functionsOf(update.where === null ? set : [...set, update.where])),
    ],
  }
}

/** Tables whose foreign keys may follow the columns that are set. */
function changedByKeys(
  { table, set }: Update,
  catalog: Catalog,
): readonly { table: TableSnapshot; how: string }[] {
  const columns = new Set(set.map(({ column }) => column))
  return catalog
    .foreignKeysTo(table)
    .filter(({ constraint }) => constraint.references?.columns.some((column) => columns.has(column)) === true)
    .map((key) => ({ table: key.table, how: `by ON UPDATE of ${quoteIdentifier(key.constraint.name)}` }))
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
  const stays = staysTrue(update, table, catalog)
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
        ...objectsRead(catalog, update.reads, rowsFacts(update.sql)),
      ],
      changes: updatedObjects(catalog, table, columns),
    }),
    before: [{ kind: 'table', table: spelled, exists: true }],
    ...(stays ? { holds: heldBy(update, table) } : {}),
    after: stays ? [leftOver(update, table)] : [],
    undo: undoNever(`the values that ${spelled} had before are not kept`),
  }
}

/** Each batch leaves rows behind that a question can tell from the others: the new values are made of what stays. */
function isTold({ set, where, sql, reads: others }: Update): boolean {
  if (others.length > 0 || updateFacts(sql).partial) return false
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

/** Until the deploy: the application that runs knows nothing of the columns. */
function heldBy(update: Update, table: TableSnapshot): Holding {
  const spelled = formatRelation(table)
  const columns = update.set.map(({ column }) => column)
  return {
    name: `${columns.map(quoteIdentifier).join(', ')} of ${spelled} is as the UPDATE sets it`,
    sql: leftOver(update, table).sql,
    objects: [rowsObject(table), ...columnObjects(table, columns)],
    until: 'gate',
  }
}

function leftOver(update: Update, table: TableSnapshot): ConditionOf<'no-rows'> {
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

/** Rows that collide for a moment pass in one statement, and not in batches. */
function isDeferredKey(constraint: ConstraintSnapshot): boolean {
  if (constraint.kind === 'exclude') return true
  if (constraint.kind !== 'unique' && constraint.kind !== 'primary-key') return false
  const definition = definitionOf(constraint)
  return definition === null || ('deferrable' in definition && definition.deferrable)
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
  const inKind = reasonsInKind(table)
  if (inKind.length > 0) return inKind
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

/**
 * an index on a partitioned table, where PostgreSQL refuses CONCURRENTLY. Each leaf's own index is built concurrently
 * under the name that PostgreSQL would give it; then the author's CREATE INDEX finds one on every leaf that is like the one
 * it would build, attaches it and builds none (CompareIndexInfo, index.c; tried on 14 to 18). So a partition that comes to
 * be there meanwhile, and has few rows, gets its index from that statement too.
 */
import { replay } from '../../catalog/replay.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { TableSnapshot } from '../../model/catalog.ts'
import type { ActionOf } from '../../model/statement.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated, withConcurrently, withIndexName } from '../../sql/edit.ts'
import { onTable, withoutConcurrently } from '../../sql/index-edit.ts'
import { buildIndexStep, createIndexSteps, duplicatesCheck, indexToBuild } from './index-steps.ts'
import { partitionsUnknown } from './leaf-by-leaf.ts'
import { columnObjects, indexObject, rowsObject, tableObject, touching } from './objects.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { ddlStep, undoSql, type StepSketch } from './step-sketch.ts'

/** A leaf and the index that it is to get. */
interface LeafIndex {
  readonly leaf: TableSnapshot
  readonly name: string
}

/** The author's CREATE INDEX, on a table with partitions or without. */
export function indexSteps(action: ActionOf<'create-index'>, name: string, context: RecipeContext): Recipe {
  const known = context.catalog.table(action.table)
  return typeof known === 'object' && known.kind === 'partitioned-table'
    ? partitionedIndexSteps(action, name, context)
    : createIndexSteps(action, name, context)
}

function partitionedIndexSteps(
  action: ActionOf<'create-index'>,
  name: string,
  { catalog }: RecipeContext,
): Recipe {
  const table = catalog.resolve(action.table)
  const leaves = leafIndexes(action, name, catalog)
  if ('cannot' in leaves) return leaves
  const builds = leaves.map((one) => buildLeafStep(action, one, catalog))
  return {
    steps: [...duplicatesCheck(action, table), ...builds, adoptStep(action, table, name, leaves, catalog)],
    notes: [
      `The index of each partition of ${formatRelation(table)} is built while it is written to; the one of ${formatRelation(table)} itself then adopts them in an instant. A large table that is attached meanwhile would have its index built under that lock, which is given up after some seconds: build one like it there first.`,
    ],
  }
}

/** Names as PostgreSQL gives them, which the replay foresees. */
function leafIndexes(
  action: ActionOf<'create-index'>,
  name: string,
  catalog: Catalog,
): readonly LeafIndex[] | { readonly cannot: string } {
  const spelled = formatRelation(catalog.resolve(action.table))
  const unknown = partitionsUnknown(action.table, catalog)
  if (unknown !== null) return unknown
  const after = replay(catalog, { ...action, index: name })
  const found: LeafIndex[] = []
  for (const partition of catalog.partitionsOf(action.table)) {
    if (partition.kind === 'partitioned-table') continue
    if (partition.kind !== 'table') {
      return {
        cannot: `${formatRelation(partition)}, a partition of ${spelled}, is no table of this server.`,
      }
    }
    const made = newIndex(partition, after)
    if (made === null || isTwinThere(partition, action)) {
      return {
        cannot: `${formatRelation(partition)} has an index like this one already, which PostgreSQL would take for it. Create the index ON ONLY ${spelled}, and attach what the partitions have.`,
      }
    }
    found.push({ leaf: partition, name: made })
  }
  return found
}

function newIndex(partition: TableSnapshot, after: Catalog): string | null {
  const known = new Set(partition.indexes.map(({ name }) => name))
  const table = after.table(partition)
  return typeof table === 'object' ? (table.indexes.find(({ name }) => !known.has(name))?.name ?? null) : null
}

/** Expressions and predicates are not compared: one more index of any of them is taken for a twin. */
function isTwinThere({ indexes }: TableSnapshot, action: ActionOf<'create-index'>): boolean {
  const isPlain = !action.partial && !action.columns.includes(null)
  return indexes.some(({ unique, method, columns, include, partial }) => {
    if (unique !== action.unique || method !== action.method) return false
    if (!isPlain) return partial === action.partial && columns.length === action.columns.length
    return (
      !partial &&
      columns.join('\0') === action.columns.join('\0') &&
      include.join('\0') === action.include.join('\0')
    )
  })
}

function buildLeafStep(
  action: ActionOf<'create-index'>,
  { leaf, name }: LeafIndex,
  catalog: Catalog,
): StepSketch {
  const sql = withConcurrently(withIndexName(onTable(action.sql, leaf), name))
  const index = indexToBuild({ ...action, table: leaf }, leaf, name, catalog)
  return buildIndexStep({ ...index, sql }, 'expand')
}

function adoptStep(
  action: ActionOf<'create-index'>,
  table: QualifiedName,
  name: string,
  leaves: readonly LeafIndex[],
  catalog: Catalog,
): StepSketch {
  const index = { schema: table.schema, name }
  const spelled = formatRelation(index)
  const named = action.index === name ? action.sql : withIndexName(action.sql, name)
  const known = catalog.table(action.table)
  const columns = typeof known === 'object' ? known.columns.map((column) => column.name) : []
  const built = leaves.map(({ leaf, name: of }) => ({ schema: leaf.schema, name: of }))
  const is = (one: QualifiedName, exists: boolean): Condition => ({
    kind: 'index',
    index: formatRelation(one),
    exists,
    valid: exists ? true : null,
    definition: null,
  })
  return ddlStep({
    slug: `adopt ${name}`,
    phase: 'expand',
    title: `Let ${action.unique ? 'unique index' : 'index'} ${spelled} adopt those of the partitions of ${formatRelation(table)}`,
    sql: [withoutConcurrently(named)],
    touches: touching({
      creates: [indexObject(index)],
      reads: [
        tableObject(table),
        ...columnObjects(table, columns),
        ...built.map(indexObject),
        ...(action.unique ? [rowsObject(table)] : []),
      ],
    }),
    before: [is(index, false), ...built.map((one) => is(one, true))],
    after: [is(index, true)],
    // Those of the partitions belong to it by then, and go with it.
    undo: undoSql(generated(`DROP INDEX IF EXISTS ${spelled}`)),
  })
}

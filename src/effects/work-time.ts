/** How long the work of an action may take: effect × sizes × rates. Pure; what is not known is null. */
import type { Catalog } from '../catalog/catalog.ts'
import type { Effect } from '../model/effect.ts'
import type { Action } from '../model/statement.ts'
import type { DurationRange, RelationSize, Work, WorkRates } from '../model/work.ts'
import { formatRelation, type RelationName } from '../postgres/relation-name.ts'
import { splitName } from '../postgres/type-name.ts'
import { heapsOf, tableOf } from './relatives.ts'

/** What is done to one relation, and how often over: an index each. */
interface Task {
  readonly relation: string
  readonly kind: keyof WorkRates
  readonly times: number
}

/**
 * The relations that the action works on for as long as they have rows, and for how long it does; null where it has no
 * such work. `catalog`: as it is just before the action.
 *
 * A rewrite builds every index of the table anew. Who builds an index, or rewrites, has read the heap in doing so. An UPDATE
 * or DELETE with a WHERE reads every row and changes as many as match: from none of them to all.
 */
export function workOf(action: Action, effect: Effect, catalog: Catalog, rates: WorkRates): Work | null {
  const tasks = tasksOf(action, effect, catalog)
  if (tasks.length === 0) return null
  const relations = [...new Set(tasks.map(({ relation }) => relation))].sort()
  const sizes = new Map(relations.map((relation) => [relation, sizeOf(relation, catalog)]))
  const ranges = tasks.map((task) => rangeOf(task, sizes.get(task.relation), rates))
  return { relations: [...sizes.values()], duration: sumOf(ranges, isPartial(action)) }
}

/** The work of several actions, one after another. */
export function workOfAll(works: readonly Work[]): Work | null {
  if (works.length === 0) return null
  const relations = new Map(
    works.flatMap((work) => work.relations.map((one) => [one.relation, one] as const)),
  )
  const duration = works.reduce<DurationRange | null>(
    (sum, { duration: next }) =>
      sum === null || next === null
        ? null
        : { fromMs: rounded(sum.fromMs + next.fromMs), toMs: rounded(sum.toMs + next.toMs) },
    { fromMs: 0, toMs: 0 },
  )
  return {
    relations: [...relations.values()].sort((one, other) => (one.relation < other.relation ? -1 : 1)),
    duration,
  }
}

function tasksOf(action: Action, effect: Effect, catalog: Catalog): readonly Task[] {
  const { rewrites, builds, scans, changesRows } = effect
  const indexesOf = (relation: string) => tableOf(catalog, splitName(relation))?.indexes.length ?? 0
  return [
    ...rewrites.flatMap((relation): Task[] => [
      { relation, kind: 'rewrite', times: 1 },
      { relation, kind: 'build', times: indexesOf(relation) },
    ]),
    ...builds
      .filter((relation) => !rewrites.includes(relation))
      .map((relation): Task => ({ relation, kind: 'build', times: 1 })),
    ...scans
      .filter((relation) => ![...rewrites, ...builds].includes(relation))
      .map((relation): Task => ({ relation, kind: 'scan', times: 1 })),
    ...changedFrom(action, changesRows, catalog).map((relation): Task => ({
      relation,
      kind: changeOf(action),
      times: 1,
    })),
  ]
}

/** As many rows are inserted as the query yields: of the tables that it reads, not of the one that it fills. */
function changedFrom(action: Action, changesRows: readonly string[], catalog: Catalog): readonly string[] {
  if (action.kind !== 'insert' || action.reads.length === 0) return changesRows
  const filled = formatRelation(catalog.resolve(action.table))
  const read = action.reads.map((one) => formatRelation(catalog.resolve(one)))
  return [...new Set(changesRows.flatMap((relation) => (relation === filled ? read : [relation])))]
}

const changes: readonly Task['kind'][] = ['update', 'insert', 'delete']

/** Rows of other tables that a DELETE reaches count as deleted too; what else changes rows counts as an UPDATE. */
function changeOf({ kind }: Action): Task['kind'] {
  return kind === 'insert' || kind === 'delete' ? kind : 'update'
}

function isPartial(action: Action): boolean {
  return (action.kind === 'update' || action.kind === 'delete') && action.where !== null
}

/** Null for a task on a relation of unknown size. */
function rangeOf(
  { kind, times }: Task,
  size: RelationSize | undefined,
  rates: WorkRates,
): (DurationRange & { readonly kind: Task['kind'] }) | null {
  if (size === undefined || size.estimatedRows === null) return null
  const rate = rates[kind]
  const byRowsMs = (times * size.estimatedRows * 1000) / rate.rowsPerSecond
  const byBytesMs =
    size.tableBytes === null ? byRowsMs : (times * size.tableBytes * 1000) / rate.bytesPerSecond
  return { kind, fromMs: Math.min(byRowsMs, byBytesMs), toMs: Math.max(byRowsMs, byBytesMs) }
}

function sumOf(ranges: readonly ReturnType<typeof rangeOf>[], partial: boolean): DurationRange | null {
  let fromMs = 0
  let toMs = 0
  for (const range of ranges) {
    if (range === null) return null
    if (!(partial && changes.includes(range.kind))) fromMs += range.fromMs
    toMs += range.toMs
  }
  return { fromMs: rounded(fromMs), toMs: rounded(toMs) }
}

/** Two digits: the rates are known no better. */
function rounded(ms: number): number {
  return Number(ms.toPrecision(2))
}

function sizeOf(relation: string, catalog: Catalog): RelationSize {
  const name = splitName(relation)
  const heaps = heapsOf(catalog, name)
  return {
    relation,
    estimatedRows: total(heaps, catalog, ({ estimatedRows }) => estimatedRows),
    tableBytes: total(heaps, catalog, ({ tableBytes }) => tableBytes),
  }
}

/** Null where one of them is not known; a table that is new in this release holds what the release puts into it. */
function total(
  heaps: readonly RelationName[],
  catalog: Catalog,
  part: (table: NonNullable<ReturnType<typeof tableOf>>) => number | null,
): number | null {
  let sum = 0
  for (const heap of heaps) {
    const table = tableOf(catalog, heap)
    const value = table === null ? null : part(table)
    if (value === null) return null
    sum += value
  }
  return sum
}

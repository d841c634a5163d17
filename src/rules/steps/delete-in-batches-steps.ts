/** R-47 for DELETE: the author's own, cut into key ranges that each commit on their own. */
import type { TableSnapshot } from '../../model/catalog.ts'
import type { ActionOf } from '../../model/statement.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { inKeyRange } from '../../sql/edit.ts'
import { rowsFacts } from '../../sql/rows-facts.ts'
import {
  batchLimits,
  cannotCut,
  keyOf,
  nothingKnown,
  notesOnClocks,
  notesOnReads,
  objectsRead,
  reasonsInKind,
  reasonsInReads,
  reasonsInText,
  reasonsInTriggers,
  type BatchOptions,
} from './batches.ts'
import {
  changesRows,
  how,
  notesOnReach,
  reachOfDelete,
  reasonsInReach,
  triggersOfDelete,
  type Reached,
} from './delete-reach.ts'
import { columnObjects, rowsObject, tableObject, touching } from './objects.ts'
import type { Recipe } from './recipe.ts'
import { undoNever, type StepSketchOf } from './step-sketch.ts'

type Delete = ActionOf<'delete'>

export function deleteInBatchesSteps(action: Delete, options: BatchOptions): Recipe {
  const { catalog } = options
  const table = catalog.table(action.table)
  if (typeof table !== 'object') return nothingKnown(catalog.resolve(action.table), 'DELETE')
  const statement = `DELETE from ${formatRelation(table)}`
  const facts = rowsFacts(action.sql)
  const reached = reachOfDelete(catalog, table)
  const changes = reached.filter(changesRows).map((one) => ({ table: one.table, how: how(one) }))
  const reasons = [
    ...reasonsInText(facts, action.returning),
    ...reasonsInKind(table),
    ...reasonsInKey(table),
    ...reasonsInReads(catalog, table, action.reads, changes),
    ...reasonsInReach(table, reached, facts.columns),
    ...reasonsInTriggers(triggersOfDelete(catalog, table, reached), options.triggers),
  ]
  if (reasons.length > 0) return cannotCut(statement, reasons)
  return {
    steps: [batchesStep(action, table, reached, options)],
    notes: [
      ...notesOnReads(statement, catalog, action.reads),
      ...notesOnReach(table, reached),
      ...notesOnClocks(statement, facts.functions),
    ],
  }
}

/** By pages a row that is written meanwhile moves to where they have been, and nothing tells that it was meant to go. */
function reasonsInKey(table: TableSnapshot): readonly string[] {
  if (keyOf(table).length > 0) return []
  return [`${formatRelation(table)} has no key to cut it by: add a primary key first`]
}

function batchesStep(
  action: Delete,
  table: TableSnapshot,
  reached: readonly Reached[],
  { catalog }: BatchOptions,
): StepSketchOf<'in-batches'> {
  const spelled = formatRelation(table)
  const key = keyOf(table)
  const told = action.where?.columns ?? []
  return {
    kind: 'in-batches',
    slug: `delete from ${table.name}`,
    phase: 'backfill',
    title: `Delete rows of ${spelled} in batches`,
    table: spelled,
    key,
    sql: inKeyRange(action.sql, key),
    ...batchLimits,
    touches: touching({
      reads: [
        tableObject(table),
        ...columnObjects(table, [...told, ...key.map(({ column }) => column)]),
        ...objectsRead(catalog, action.reads, rowsFacts(action.sql)),
        // Rows that would keep these from going must be gone by then.
        ...reached.filter((one) => !changesRows(one)).map((one) => rowsObject(one.table)),
      ],
      changes: [table, ...reached.filter(changesRows).map((one) => one.table)].map(rowsObject),
    }),
    before: [{ kind: 'table', table: spelled, exists: true }],
    // The application may have put such rows there again, so nobody can ask for them at the end.
    after: [],
    undo: undoNever(`the rows that are deleted from ${spelled} are not kept`),
  }
}

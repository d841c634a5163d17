/** a column of which each row gets a value of its own: added empty, given its default, and filled in batches. */
import type { Catalog } from '../../catalog/catalog.ts'
import { replay } from '../../catalog/replay.ts'
import type { TableSnapshot } from '../../model/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { ActionOf } from '../../model/statement.ts'
import type { SyncChange } from '../../model/sync.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { volatilityOf } from '../../postgres/volatility.ts'
import type { LockstepComment } from '../../sql/lockstep-comment.ts'
import { generated, inKeyRange } from '../../sql/edit.ts'
import { parseScript } from '../../sql/parse-script.ts'
import { triggerDecision } from './mass-change.ts'
import { columnObject, columnObjects, rowsObject, tableObject, touching } from './objects.ts'
import { updatedObjects } from './row-objects.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { ddlStep, undoNothing, undoSql, type StepSketch, type StepSketchOf } from './step-sketch.ts'
import { syncStep } from './sync-steps.ts'
import { batchLimits, keyOf, reasonsInTriggers, triggersFired } from './batches.ts'

/** What a recipe that moves rows must know: the author's word on triggers too. */
export interface FillContext extends RecipeContext {
  readonly comments: readonly LockstepComment[]
}

export interface FilledColumn {
  /** ADD COLUMN with name, type and collation alone. */
  readonly bare: ActionOf<'add-column'>
  /** The default, which is asked anew for each row. */
  readonly value: string
  /** That `value` calls. */
  readonly functions: readonly string[]
  /** What must be there before the default, in the same transaction; and what takes it back once the column is gone. */
  readonly setUp: readonly string[]
  readonly takeBack: readonly string[]
  /** What must hold before that, beside the column's absence. */
  readonly before?: readonly Condition[]
  /** Objects that `setUp` makes. */
  readonly creates: readonly string[]
}

/** The column filled, without NOT NULL and constraints; the catalog that its steps leave behind. */
export function filledColumnSteps(
  filled: FilledColumn,
  { catalog, comments }: FillContext,
): { readonly recipe: Recipe; readonly catalog: Catalog } {
  const known = tableToFill(filled.bare, { catalog, comments })
  if ('cannot' in known) return { recipe: known, catalog }
  const place: Place = { table: known, key: keyOf(known), searchPath: catalog.searchPath }
  const add = addStep(filled, place)
  const steps: StepSketch[] = [add, fillStep(filled, place, catalog)]
  if (add.sync !== undefined) steps.push(withoutTriggerStep(filled, place, add.sync))
  return {
    recipe: { steps, notes: notesOn(filled, known) },
    catalog: after(add.sync?.ownSql ?? add.sql, catalog),
  }
}

/** The catalog behind statements of ours. */
export function after(sql: readonly string[], catalog: Catalog): Catalog {
  const { statements } = parseScript(sql.join(';\n'), 'step')
  return statements.flatMap(({ actions }) => actions).reduce(replay, catalog)
}

interface Place {
  readonly table: TableSnapshot
  /** Empty: by pages. */
  readonly key: StepSketchOf<'in-batches'>['key']
  readonly searchPath: readonly string[]
}

/** The table whose rows are to be filled, or why they cannot be. */
export function tableToFill(
  { table }: FilledColumn['bare'],
  { catalog, comments }: Pick<FillContext, 'catalog' | 'comments'>,
): TableSnapshot | { readonly cannot: string } {
  const known = catalog.table(table)
  const spelled = formatRelation(catalog.resolve(table))
  const cannot = (reasons: string) => ({
    cannot: `The rows of ${spelled} cannot be filled in batches: ${reasons}.`,
  })
  if (typeof known !== 'object') {
    return cannot(
      'nothing is known of it, so there is no key to cut it by: give the earlier migrations or a database',
    )
  }
  const reasons = [
    ...reasonsInTable(known),
    ...reasonsInTriggers(triggersFired(catalog, known, 'update'), triggerDecision(comments)),
  ]
  return reasons.length === 0 ? known : cannot(reasons.join('; '))
}

function reasonsInTable(table: TableSnapshot): readonly string[] {
  if (table.kind !== 'table' && table.kind !== 'partitioned-table') {
    return [`it is a ${table.kind.replaceAll('-', ' ')}`]
  }
  return table.kind === 'partitioned-table' && keyOf(table).length === 0
    ? ['it is partitioned and has no key: add a primary key first']
    : []
}

/**
 * In one transaction: a default that is set after the column has come is for new rows only, so no row is written, and
 * no INSERT meets the column without it.
 */
function addStep(filled: FilledColumn, place: Place): StepSketchOf<'ddl'> {
  const { table, key } = place
  const spelled = formatRelation(table)
  const column = filled.bare.column.name
  const alter = `ALTER TABLE ${spelled}`
  const sql: [string, ...string[]] = [
    filled.bare.sql,
    ...filled.setUp,
    generated(`${alter} ALTER COLUMN ${quoteIdentifier(column)} SET DEFAULT ${filled.value}`),
  ]
  const undo: [string, ...string[]] = [
    generated(`${alter} DROP COLUMN ${quoteIdentifier(column)}`),
    ...filled.takeBack,
  ]
  const step = {
    slug: `add ${column}`,
    phase: 'expand' as const,
    title: `Add column ${spelled}.${quoteIdentifier(column)} without values, with its default for new rows`,
    touches: touching({
      creates: [columnObject(table, column), ...filled.creates],
      reads: [tableObject(table)],
    }),
    before: [
      { kind: 'column' as const, table: spelled, column, exists: false, type: null },
      ...(filled.before ?? []),
    ],
    after: [
      { kind: 'column' as const, table: spelled, column, exists: true, type: null },
      { kind: 'column-default' as const, table: spelled, column, default: 'observed' },
    ],
  }
  // Values of a sequence of its own: such a column is NOT NULL, which finds a row that was passed over; and an application
  // that may write to the table need not have the sequence.
  if (key.length > 0 && filled.creates.length > 0) return ddlStep({ ...step, sql, undo: undoSql(...undo) })
  return syncStep({ ...step, change: fillChange(filled, place, sql, undo) }, [])
}

/**
 * A row that is written meanwhile may move where the batches have been already, by its key or, without one, by its page: it
 * is filled as it moves.
 */
function fillChange(
  { bare, value }: FilledColumn,
  { table, searchPath }: Place,
  ownSql: readonly string[],
  ownUndo: readonly string[],
): SyncChange {
  return {
    table,
    searchPath,
    removes: [],
    adds: [{ kind: 'fill', column: bare.column.name, value: `(${value})` }],
    ownSql,
    ownUndo,
  }
}

function fillStep(
  { bare, value, creates }: FilledColumn,
  { table, key }: Place,
  catalog: Catalog,
): StepSketch {
  const spelled = formatRelation(table)
  const column = bare.column.name
  const quoted = quoteIdentifier(column)
  return {
    kind: 'in-batches',
    slug: `fill ${table.name} ${column}`,
    phase: 'backfill',
    title: `Give each row of ${spelled} its value of ${quoted}, in batches`,
    table: spelled,
    key,
    sql: inKeyRange(generated(`UPDATE ${spelled} SET ${quoted} = ${value} WHERE ${quoted} IS NULL`), key),
    ...batchLimits,
    touches: touching({
      reads: [
        tableObject(table),
        ...columnObjects(table, [column, ...key.map((one) => one.column)]),
        ...creates,
      ],
      changes: updatedObjects(catalog, table, [column]),
    }),
    before: [{ kind: 'column', table: spelled, column, exists: true, type: null }],
    after: [],
    undo: undoNothing('the values go with the column'),
  }
}

function withoutTriggerStep(filled: FilledColumn, { table }: Place, added: SyncChange): StepSketch {
  const spelled = formatRelation(table)
  const column = filled.bare.column.name
  return syncStep(
    {
      slug: `filled ${table.name} ${column}`,
      phase: 'backfill',
      title: `Let writes to ${spelled} be, now that each row has its value of ${quoteIdentifier(column)}`,
      touches: touching({ reads: [tableObject(table), columnObject(table, column), rowsObject(table)] }),
      before: [{ kind: 'column', table: spelled, column, exists: true, type: null }],
      after: [],
      change: { ...added, removes: [column], adds: [], ownSql: [], ownUndo: [] },
    },
    added.adds,
  )
}

function notesOn({ bare, functions }: FilledColumn, table: TableSnapshot): readonly string[] {
  const name = `${formatRelation(table)}.${quoteIdentifier(bare.column.name)}`
  return [
    `Rows that are there have NULL in ${name} until the batches have been through; a NULL that is written into it meanwhile is filled as well.`,
    `When ${name} has been filled, the plan is rolled back with --lose-data only, for nothing tells the values of the batches from those of an application.`,
    ...functions
      .filter((one) => volatilityOf(one) === 'unknown')
      .map(
        (one) =>
          `Nothing is known of ${one}(), which is asked for each row of ${formatRelation(table)}, batch by batch: if it reads tables, rows of different batches may get different answers.`,
      ),
  ]
}

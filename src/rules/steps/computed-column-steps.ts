/**
 * R-22: in place of a stored generated column, a plain one that a trigger keeps. PostgreSQL makes no generated column of a
 * plain one, so it stays: function and trigger are the user's from then on, and none of ours that a plan takes away.
 */
import type { Catalog } from '../../catalog/catalog.ts'
import { replay } from '../../catalog/replay.ts'
import { columnTypeOf } from '../../catalog/known-type.ts'
import type { TableSnapshot } from '../../model/catalog.ts'
import type { ActionOf, Expression } from '../../model/statement.ts'
import type { SyncPiece } from '../../model/sync.ts'
import { makeObjectName } from '../../postgres/generated-name.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import type { LockstepComment } from '../../sql/lockstep-comment.ts'
import { generated, inKeyRange } from '../../sql/edit.ts'
import { batchLimits, keyOf } from './batches.ts'
import { tableToFill, type FillContext } from './filled-column-steps.ts'
import { columnObject, columnObjects, tableObject, touching } from './objects.ts'
import { updatedObjects } from './row-objects.ts'
import type { Recipe } from './recipe.ts'
import { ddlStep, undoNothing, undoSql, type StepSketch } from './step-sketch.ts'
import { areDifferent, syncFunctionBody, triggerFunctionSql } from './sync-trigger.ts'

export interface ComputedColumn {
  /** ADD COLUMN with name, type and collation alone. */
  readonly bare: ActionOf<'add-column'>
  readonly value: Expression
  /** The author's reason why it need not be a generated column. */
  readonly because: string
}

/** `-- lockstep: allow trigger-column because …`. Null: nobody has said so. */
export function triggerColumnBecause(comments: readonly LockstepComment[]): string | null {
  const allowed = comments.find(
    ({ directive, arguments: what, because }) =>
      directive === 'allow' && what.trim() === 'trigger-column' && because !== null,
  )
  return allowed?.because ?? null
}

/** The column filled, without NOT NULL and constraints; the catalog that its steps leave behind. */
export function computedColumnSteps(
  computed: ComputedColumn,
  { catalog, comments }: FillContext,
): { readonly recipe: Recipe; readonly catalog: Catalog } {
  const known = tableToFill(computed.bare, { catalog, comments })
  if ('cannot' in known) return { recipe: known, catalog }
  const kept = keptColumn(computed, known, catalog)
  return {
    recipe: {
      steps: [addStep(kept), fillStep(kept, catalog)],
      notes: [
        `${kept.name} stays a plain column that the trigger ${quoteIdentifier(kept.trigger)} keeps, because ${computed.because}: a value that is written to it is overwritten, where a generated column would refuse it.`,
      ],
      differences: differencesOf(kept, catalog.partitionsOf(known)),
    },
    catalog: replay(catalog, computed.bare),
  }
}

interface KeptColumn {
  readonly bare: ActionOf<'add-column'>
  readonly table: TableSnapshot
  readonly spelled: string
  /** `public.t.c` */
  readonly name: string
  readonly value: Expression
  readonly type: string
  /** Whatever other triggers make of a row, and ours: this one sees it, for `~~` sorts behind them. */
  readonly trigger: string
  readonly function: string
  readonly functionSql: string
  readonly functionBody: string
}

function keptColumn({ bare, value }: ComputedColumn, table: TableSnapshot, catalog: Catalog): KeptColumn {
  const column = bare.column.name
  const spelled = formatRelation(table)
  const piece: SyncPiece = { kind: 'computed', column, value: `(${value.sql})` }
  const trigger = { table, searchPath: catalog.searchPath, pieces: [piece] }
  const name = formatRelation({
    schema: table.schema,
    name: makeObjectName(table.name, column, 'computed'),
  })
  return {
    bare,
    table,
    spelled,
    name: `${spelled}.${quoteIdentifier(column)}`,
    value,
    type: columnTypeOf(catalog, bare.column.type),
    trigger: makeObjectName(`~~${table.name}`, column, 'computed'),
    function: name,
    functionSql: triggerFunctionSql('CREATE FUNCTION', name, trigger),
    functionBody: syncFunctionBody(trigger),
  }
}

function addStep({ bare, table, spelled, name, trigger, ...made }: KeptColumn): StepSketch {
  const column = bare.column.name
  return ddlStep({
    slug: `add ${column}`,
    phase: 'expand',
    title: `Add column ${name} without values, and the trigger that keeps it from now on`,
    sql: [
      bare.sql,
      made.functionSql,
      generated(
        `CREATE TRIGGER ${quoteIdentifier(trigger)} BEFORE INSERT OR UPDATE ON ${spelled} FOR EACH ROW EXECUTE FUNCTION ${made.function}()`,
      ),
    ],
    // What it holds follows from the other columns.
    mirrors: [name],
    touches: touching({
      creates: [columnObject(table, column)],
      reads: [tableObject(table), ...columnObjects(table, made.value.columns)],
    }),
    before: [
      { kind: 'column', table: spelled, column, exists: false, type: null },
      { kind: 'trigger', table: spelled, trigger, exists: false, functionBody: null },
    ],
    after: [
      { kind: 'column', table: spelled, column, exists: true, type: null },
      { kind: 'trigger', table: spelled, trigger, exists: true, functionBody: made.functionBody },
    ],
    undo: undoSql(
      generated(`DROP TRIGGER ${quoteIdentifier(trigger)} ON ${spelled}`),
      generated(`DROP FUNCTION ${made.function}()`),
      generated(`ALTER TABLE ${spelled} DROP COLUMN ${quoteIdentifier(column)}`),
    ),
  })
}

/** Rows that have been written since have their value: what is NULL and should not be was there before. */
function fillStep({ bare, table, spelled, value, type }: KeptColumn, catalog: Catalog): StepSketch {
  const key = keyOf(table)
  const column = bare.column.name
  const quoted = quoteIdentifier(column)
  const update = `UPDATE ${spelled} SET ${quoted} = (${value.sql}) WHERE ${quoted} IS NULL AND (${value.sql}) IS NOT NULL`
  return {
    kind: 'in-batches',
    slug: `compute ${table.name} ${column}`,
    phase: 'backfill',
    title: `Compute ${quoted} of each row of ${spelled}, in batches`,
    table: spelled,
    key,
    sql: inKeyRange(generated(update), key),
    ...batchLimits,
    touches: touching({
      reads: [
        tableObject(table),
        ...columnObjects(table, [column, ...value.columns, ...key.map((one) => one.column)]),
      ],
      changes: updatedObjects(catalog, table, [column]),
    }),
    before: [{ kind: 'column', table: spelled, column, exists: true, type: null }],
    after: [
      {
        kind: 'no-rows',
        sql: generated(
          `SELECT * FROM ${spelled} WHERE ${areDifferent(quoted, `(${value.sql})::${type}`)} LIMIT 20`,
        ),
        otherwise: `These rows of ${spelled} have another ${quoted} than is to be computed`,
      },
    ],
    undo: undoNothing('the values go with the column'),
  }
}

/** By the objects' names in a comparison of catalogs: `isDeclared` looks for them. */
function differencesOf(kept: KeptColumn, partitions: readonly TableSnapshot[]): readonly string[] {
  const { bare, table, trigger, function: called } = kept
  const quoted = quoteIdentifier(trigger)
  return [
    ...[table, ...partitions]
      .map(formatRelation)
      .flatMap((spelled) => [
        `column ${spelled}.${quoteIdentifier(bare.column.name)}: a plain column that the trigger ${quoted} keeps, in place of a stored generated one`,
        `table ${spelled}: has the trigger ${quoted} on update`,
      ]),
    // A partition's own copy of it is no object of its own there.
    `trigger ${quoted} on ${kept.spelled}: keeps ${kept.name}`,
    `function ${called}(): is called by the trigger ${quoted}`,
    `owner function ${called}(): is whoever ran the plan`,
  ]
}

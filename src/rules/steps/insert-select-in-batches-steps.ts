/** INSERT … SELECT, cut by the key of the table that drives its query. */
import type { Catalog } from '../../catalog/catalog.ts'
import { definitionOf } from '../../catalog/constraint-facts.ts'
import type { TableSnapshot } from '../../model/catalog.ts'
import type { Condition } from '../../model/condition.ts'
import type { ActionOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated, inKeyRange } from '../../sql/edit.ts'
import { insertSelect, type InsertSelect } from '../../sql/insert-select.ts'
import type { LockstepComment } from '../../sql/lockstep-comment.ts'
import { rowsFacts } from '../../sql/rows-facts.ts'
import {
  batchLimits,
  cannotCut,
  keyOf,
  notesOnClocks,
  notesOnReads,
  nothingKnown,
  objectsRead,
  reasonsInKind,
  reasonsInReads,
  reasonsInText,
  reasonsInTriggers,
  triggersFired,
  type BatchOptions,
} from './batches.ts'
import { columnObjects, rowsObject, tableObject, touching } from './objects.ts'
import type { Recipe } from './recipe.ts'
import { insertedObjects, partnerRows } from './row-objects.ts'
import { undoNever, undoNothing, type StepSketchOf } from './step-sketch.ts'

type Insert = ActionOf<'insert'>

/** What the author has said of rows that come to the source meanwhile. */
export interface CopyDecision {
  readonly because: string
  /** Nobody writes to the source until all is copied, so that the copy can be held against it. */
  readonly quiet: boolean
}

/** `-- lockstep: allow copy-of-rows because …`, or `allow copy-of-rows quiet`. Null: nobody has said so. */
export function copyDecision(comments: readonly LockstepComment[]): CopyDecision | null {
  for (const { directive, arguments: given, because } of comments) {
    const [what, how, ...more] = given.split(' ').filter((word) => word !== '')
    const isKnown = more.length === 0 && (how === undefined || how === 'quiet')
    if (directive !== 'allow' || what !== 'copy-of-rows' || !isKnown || because === null) continue
    return { because, quiet: how === 'quiet' }
  }
  return null
}

export interface CopyOptions extends BatchOptions {
  readonly copy: CopyDecision | null
}

export function insertSelectInBatchesSteps(action: Insert, options: CopyOptions): Recipe {
  const { catalog, copy } = options
  const target = catalog.table(action.table)
  if (typeof target !== 'object') return nothingKnown(catalog.resolve(action.table), 'INSERT')
  const spelled = formatRelation(target)
  const statement = `INSERT into ${spelled}`
  const insert = insertSelect(action.sql)
  if (insert === null) return { cannot: `The ${statement} has no query.` }
  const source = insert.driver === null ? 'absent' : catalog.table(insert.driver.table)
  const facts = rowsFacts(action.sql)
  const reasons = [
    ...reasonsInQuery(insert),
    ...(insert.clauses.length === 0 ? reasonsInSource(insert, source) : []),
    ...reasonsInText(facts, insert.returning),
    ...reasonsInKind(target),
    ...reasonsInReads(catalog, target, action.reads, []),
    ...reasonsInOwnKeys(insert, target),
    ...reasonsInTriggers(triggersFired(catalog, target, 'insert'), options.triggers),
  ]
  if (reasons.length > 0) return cannotCut(statement, reasons)
  if (copy === null) return { cannot: rowsWouldBeMissing(spelled, action, catalog) }
  if (typeof source !== 'object') throw new Error('a source that is not known is a reason')
  const others = action.reads.filter(
    (name) => formatRelation(catalog.resolve(name)) !== formatRelation(source),
  )
  return {
    steps: [batchesStep(action, insert, { source, target }, options)],
    notes: [
      copy.quiet
        ? `Nothing may write to ${namesOf(action, catalog)} until all is copied to ${spelled}: ${copy.because}.`
        : `What the application writes to ${namesOf(action, catalog)} behind the batches is not copied to ${spelled}: ${copy.because}.`,
      ...notesOnReads(statement, catalog, others),
      ...notesOnClocks(statement, facts.functions),
    ],
  }
}

function namesOf({ reads }: Insert, catalog: Catalog): string {
  return reads.map((name) => formatRelation(catalog.resolve(name))).join(', ')
}

function rowsWouldBeMissing(target: string, action: Insert, catalog: Catalog): string {
  const sources = namesOf(action, catalog)
  return (
    `Rows that the application writes to ${sources} while they are copied, and afterwards, would be missing from ${target}. ` +
    `Let the application write both first, or stop writing to ${sources}, then say "-- lockstep: allow copy-of-rows because …" ` +
    'on the statement ("allow copy-of-rows quiet because …" where nobody writes there, so that the copy is held against it at the end); ' +
    'or copy to a new database (blue-green).'
  )
}

/** Each row that comes out must be made of one row of the source. */
function reasonsInQuery({ clauses, onConflict }: InsertSelect): readonly string[] {
  return [
    ...clauses.map(
      (clause) => `${clause} in it makes its rows of all that the query reads, and a batch has only some`,
    ),
    ...(onConflict === 'update'
      ? [
          'ON CONFLICT DO UPDATE may change a row that an earlier batch has inserted, which one statement refuses',
        ]
      : []),
  ]
}

function reasonsInSource(
  { driver }: InsertSelect,
  source: TableSnapshot | 'absent' | 'unknown',
): readonly string[] {
  if (driver === null) {
    return [
      'FROM does not begin with a table of which every row that is copied has exactly one: put it first, and join the others to it by JOIN or LEFT JOIN',
    ]
  }
  const name = quoteIdentifier(driver.table.name)
  if (typeof source !== 'object') return [`nothing is known of ${name}, with which FROM begins`]
  const kind = reasonsInKind(source)
  if (kind.length > 0) return kind
  if (keyOf(source).length > 0) return []
  return [
    `${formatRelation(source)}, with which FROM begins, has no key to cut it by: add a primary key first`,
  ]
}

/** One statement may insert a row before the one that it refers to; batches may not. */
function reasonsInOwnKeys({ columns }: InsertSelect, target: TableSnapshot): readonly string[] {
  const own = target.constraints.find(
    ({ references, columns: referring }) =>
      references?.schema === target.schema &&
      references.name === target.name &&
      (columns.length === 0 || referring.some((column) => columns.includes(column))),
  )
  if (own === undefined) return []
  return [
    `rows of ${formatRelation(target)} refer to one another by ${quoteIdentifier(own.name)}, and a batch could not insert a row before the batch that inserts the one it refers to`,
  ]
}

function batchesStep(
  action: Insert,
  insert: InsertSelect,
  { source, target }: { readonly source: TableSnapshot; readonly target: TableSnapshot },
  { catalog, copy }: CopyOptions,
): StepSketchOf<'in-batches'> {
  const spelled = formatRelation(target)
  const key = keyOf(source)
  return {
    kind: 'in-batches',
    slug: `copy ${source.name} to ${target.name}`,
    phase: 'backfill',
    title: `Copy rows of ${formatRelation(source)} to ${spelled} in batches`,
    table: formatRelation(source),
    key,
    sql: inKeyRange(action.sql, key),
    ...batchLimits,
    touches: touching({
      reads: [
        tableObject(source),
        ...columnObjects(
          source,
          key.map(({ column }) => column),
        ),
        ...insertedObjects(catalog, action.table),
        ...partnerRows(catalog, action.table),
        ...objectsRead(catalog, action.reads, rowsFacts(action.sql)),
      ],
      changes: [rowsObject(target)],
    }),
    before: [formatRelation(source), spelled].map((table) => ({ kind: 'table', table, exists: true })),
    after: copy?.quiet === true && catalog.isNew(action.table) ? missingRows(insert, target) : [],
    undo: catalog.isNew(action.table)
      ? undoNothing(`${spelled} is a table of this plan`)
      : undoNever('which rows were inserted is not known to the plan'),
  }
}

/** The query once more, without the rows that are there by a key of the target. Nothing where no key is copied whole. */
function missingRows(insert: InsertSelect, target: TableSnapshot): Condition[] {
  const columns = insert.columns.length > 0 ? insert.columns : target.columns.map(({ name }) => name)
  const key = wholeKey(target, columns)
  if (key === null) return []
  const spelled = formatRelation(target)
  const named = columns.map(quoteIdentifier).join(', ')
  const same = key.map((column) => {
    const name = quoteIdentifier(column)
    const type = target.columns.find((one) => one.name === column)?.type ?? 'text'
    return `there.${name} = copied.${name}::${type}`
  })
  return [
    {
      kind: 'no-rows',
      sql: generated(
        `SELECT * FROM (${insert.query}) AS copied (${named}) WHERE NOT EXISTS (SELECT FROM ${spelled} AS there WHERE ${same.join(' AND ')}) LIMIT 20`,
      ),
      otherwise: `These rows are missing from ${spelled}`,
    },
  ]
}

/** Of columns that are never NULL, so that equality finds every row. */
function wholeKey(target: TableSnapshot, columns: readonly string[]): readonly string[] | null {
  const isWhole = (key: readonly string[]) =>
    key.every(
      (column) =>
        columns.includes(column) && target.columns.some((one) => one.name === column && one.notNull),
    )
  const keys = target.constraints.filter(({ kind }) => kind === 'primary-key' || kind === 'unique')
  const found = keys.find((key) => {
    const definition = definitionOf(key)
    return (
      definition !== null &&
      !('withoutOverlaps' in definition && definition.withoutOverlaps) &&
      isWhole(key.columns)
    )
  })
  return found?.columns ?? null
}

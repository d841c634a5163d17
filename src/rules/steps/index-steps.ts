/** Building and dropping an index while everybody goes on writing (CATALOGUE BB-3, R-01, R-02, R-04). */
import type { Catalog } from '../../catalog/catalog.ts'
import type { PhaseName } from '../../model/plan.ts'
import type { IndexSnapshot } from '../../model/catalog.ts'
import type { ActionOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated, withConcurrently, withIndexName } from '../../sql/edit.ts'
import { columnObjects, indexObject, rowsObject, tableObject, touching, valuesObjects } from './objects.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { checkStep, undoNever, undoOneByOne, type StepSketch, type StepSketchOf } from './step-sketch.ts'

export interface IndexToBuild {
  readonly table: QualifiedName
  /** In the table's schema. */
  readonly name: string
  /** CREATE INDEX CONCURRENTLY with that name. */
  readonly sql: string
  readonly unique: boolean
  /** Every column that it reads; null: not known, because an expression or a predicate reads some. */
  readonly columns: readonly string[] | null
}

/** R-01 and R-02: the author's CREATE INDEX, built concurrently under the author's name, or PostgreSQL's for it. */
export function createIndexSteps(
  action: ActionOf<'create-index'>,
  name: string,
  { catalog }: RecipeContext,
): Recipe {
  const table = catalog.resolve(action.table)
  const steps = [
    ...duplicatesCheck(action, table),
    buildIndexStep(indexToBuild(action, table, name, catalog), 'expand'),
  ]
  return { steps, notes: duplicatesNote(action, table, name) }
}

export function indexToBuild(
  action: ActionOf<'create-index'>,
  table: QualifiedName,
  name: string,
  catalog: Catalog,
): IndexToBuild {
  const named = action.index === name ? action.sql : withIndexName(action.sql, name)
  const plain = action.columns.filter((column) => column !== null)
  const known = !action.partial && plain.length === action.columns.length
  return {
    table,
    name,
    sql: action.concurrently ? named : withConcurrently(named),
    unique: action.unique,
    columns: known ? [...plain, ...action.include] : everyColumn(action, catalog),
  }
}

function everyColumn(action: ActionOf<'create-index'>, catalog: Catalog): readonly string[] | null {
  const table = catalog.table(action.table)
  return typeof table === 'object' ? table.columns.map(({ name }) => name) : null
}

export function buildIndexStep(index: IndexToBuild, phase: PhaseName): StepSketchOf<'create-index'> {
  const { table } = index
  const name = { schema: table.schema, name: index.name }
  const spelled = formatRelation(name)
  const spelledTable = formatRelation(table)
  return {
    kind: 'create-index',
    slug: `build ${index.name}`,
    phase,
    title: `Build ${index.unique ? 'unique index' : 'index'} ${spelled} while ${spelledTable} is written to`,
    sql: index.sql,
    index: spelled,
    table: spelledTable,
    touches: touching({
      creates: [indexObject(name)],
      reads: [
        tableObject(table),
        ...columnObjects(table, index.columns ?? []),
        ...(index.unique ? [rowsObject(table)] : []),
      ],
    }),
    before: [
      { kind: 'table', table: spelledTable, exists: true },
      { kind: 'index', index: spelled, exists: false, valid: null, definition: null },
    ],
    after: [{ kind: 'index', index: spelled, exists: true, valid: true, definition: null }],
    undo: undoOneByOne(generated(`DROP INDEX CONCURRENTLY IF EXISTS ${spelled}`)),
  }
}

/** R-02: asks for duplicates first, for a concurrent build that meets some has worked for nothing. */
export function duplicatesCheck(
  index: Pick<ActionOf<'create-index'>, 'unique' | 'partial' | 'columns' | 'nullsNotDistinct'>,
  table: QualifiedName,
): readonly StepSketch[] {
  const columns = index.columns.filter((column) => column !== null)
  if (!index.unique || index.partial || columns.length < index.columns.length) return []
  return [uniqueValuesCheck(table, columns, index.nullsNotDistinct)]
}

export function uniqueValuesCheck(
  table: QualifiedName,
  columns: readonly string[],
  nullsNotDistinct: boolean,
): StepSketch {
  const spelledTable = formatRelation(table)
  const list = columns.map(quoteIdentifier)
  const filled = nullsNotDistinct
    ? ''
    : ` WHERE ${list.map((column) => `${column} IS NOT NULL`).join(' AND ')}`
  return checkStep({
    slug: `no duplicates in ${table.name} ${columns.join(' ')}`,
    phase: 'expand',
    title: `Ask that no two rows of ${spelledTable} have the same ${list.join(', ')}`,
    touches: touching({ reads: [...columnObjects(table, columns), rowsObject(table)] }),
    before: [
      {
        kind: 'no-rows',
        sql: generated(
          `SELECT ${list.join(', ')}, count(*) AS lockstep_rows FROM ${spelledTable}${filled} GROUP BY ${list.join(', ')} HAVING count(*) > 1 LIMIT 20`,
        ),
        otherwise: `These values of ${list.join(', ')} stand in more than one row of ${spelledTable}; no unique index can be built over them`,
      },
    ],
  })
}

function duplicatesNote(
  action: ActionOf<'create-index'>,
  table: QualifiedName,
  name: string,
): readonly string[] {
  if (!action.unique || duplicatesCheck(action, table).length > 0) return []
  return [
    `Duplicates for ${quoteIdentifier(name)} are not asked for beforehand, because it has an expression or a predicate: the build itself finds them, and what is left of it is dropped.`,
  ]
}

/** What is written after the DROP of a unique index may be what it forbade. */
export function keptApart(table: QualifiedName, index: IndexSnapshot): readonly string[] {
  if (!index.unique) return []
  const columns = index.columns.filter((column) => column !== null)
  const isPlain = columns.length === index.columns.length && !index.partial
  return isPlain ? valuesObjects(table, columns) : [rowsObject(table)]
}

/**
 * R-04. `definition`: a CREATE INDEX that makes it again under its name; null: not known. `again`: what else the way back
 * must do then. `keeps`: what it keeps apart.
 */
export function dropIndexStep(
  index: QualifiedName,
  table: QualifiedName,
  definition: string | null,
  again: readonly string[] = [],
  keeps: readonly string[] = [],
): StepSketchOf<'drop-index'> {
  const spelled = formatRelation(index)
  const spelledTable = formatRelation(table)
  return {
    kind: 'drop-index',
    slug: `drop ${index.name}`,
    phase: 'contract',
    title: `Drop index ${spelled} while ${spelledTable} is in use`,
    sql: generated(`DROP INDEX CONCURRENTLY ${spelled}`),
    index: spelled,
    table: spelledTable,
    touches: touching({ reads: [tableObject(table), ...keeps], drops: [indexObject(index)] }),
    before: [{ kind: 'index', index: spelled, exists: true, valid: null, definition: null }],
    after: [{ kind: 'index', index: spelled, exists: false, valid: null, definition: null }],
    undo:
      definition === null
        ? undoNever(`nothing is known of ${spelled} from which it could be built again`)
        : undoOneByOne(withConcurrently(definition), ...again),
  }
}

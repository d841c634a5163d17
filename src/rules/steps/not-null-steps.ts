/** a column becomes NOT NULL without its rows being read under AccessExclusive. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { PhaseName } from '../../model/plan.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { notNullNameOf } from './constraint-name.ts'
import { fillTriggerSteps } from './fill-trigger-steps.ts'
import { lockstepName } from './lockstep-name.ts'
import { notValidSteps } from './not-valid-steps.ts'
import { columnObject, rowsObject, touching } from './objects.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { checkStep, ddlStep, undoSql, type StepSketch } from './step-sketch.ts'

export interface ColumnToFill {
  readonly table: RelationName
  readonly column: string
}

/** Why the old application may go on writing NULL; null where the catalog says that it cannot by leaving it out. */
export function whyNullsGoOn({ table, column }: ColumnToFill, catalog: Catalog): string | null {
  const known = catalog.column(table, column)
  const name = `${formatRelation(catalog.resolve(table))}.${quoteIdentifier(column)}`
  if (typeof known !== 'object') return `nothing is known of ${name}, which may have no default`
  if (hasDefault({ table, column }, catalog)) return null
  if (fillTriggerSteps({ table, column }, catalog) !== null) return null
  return `${name} has no default, so an application that leaves it out of its INSERT writes NULL`
}

/** What an INSERT that leaves the column out gets by itself. */
function hasDefault({ table, column }: ColumnToFill, catalog: Catalog): boolean {
  const known = catalog.column(table, column)
  return (
    typeof known === 'object' &&
    (known.default !== null || known.identity !== null || known.generated !== null)
  )
}

export interface NotNullOptions {
  /** Of the constraint that it is from 18 on; null: as PostgreSQL names it. */
  readonly name?: string | null
  /** A trigger keeps the column, whoever writes. */
  readonly isKept?: boolean
}

export function notNullSteps(
  target: ColumnToFill,
  { catalog, serverVersion }: RecipeContext,
  { name = null, isKept = false }: NotNullOptions = {},
): Recipe {
  const begun = serverVersion.min >= 18 ? openNotNull(target, catalog) : null
  if (begun !== null) return validatedNotNull(target, begun, catalog)
  const why = isKept ? null : whyNullsGoOn(target, catalog)
  const phase = why === null ? 'backfill' : 'contract'
  const table = catalog.resolve(target.table)
  const { column } = target
  const fill = isKept || hasDefault(target, catalog) ? null : fillTriggerSteps(target, catalog)
  const steps = [
    ...(fill === null ? [] : [fill.install]),
    nullsCheck(table, column, phase),
    ...(serverVersion.min >= 18
      ? namedNotNull(table, column, name ?? notNullNameOf(table, column, catalog), phase)
      : provenNotNull(table, column, phase)),
    ...(fill === null ? [] : [fill.remove]),
  ]
  if (why === null) return { steps }
  return { steps, notes: [`SET NOT NULL waits until the old application is gone: ${why}.`] }
}

/** The column's NOT NULL constraint that is NOT VALID: a second one PostgreSQL refuses (55000), and new rows keep this one. */
export function openNotNull({ table, column }: ColumnToFill, catalog: Catalog): string | null {
  const known = catalog.table(table)
  if (typeof known !== 'object') return null
  const open = known.constraints.find(
    ({ kind, validated, columns }) => kind === 'not-null' && !validated && columns.includes(column),
  )
  return open?.name ?? null
}

function validatedNotNull(target: ColumnToFill, name: string, catalog: Catalog): Recipe {
  const table = catalog.resolve(target.table)
  const validate = namedNotNull(table, target.column, name, 'backfill').slice(1)
  return { steps: [nullsCheck(table, target.column, 'backfill'), ...validate] }
}

function nullsCheck(table: QualifiedName, column: string, phase: PhaseName): StepSketch {
  const spelledTable = formatRelation(table)
  const quoted = quoteIdentifier(column)
  return checkStep({
    slug: `no nulls in ${table.name} ${column}`,
    phase,
    title: `Ask that no row of ${spelledTable} has NULL in ${quoted}`,
    touches: touching({ reads: [columnObject(table, column), rowsObject(table)] }),
    before: [
      {
        kind: 'no-rows',
        sql: generated(`SELECT * FROM ${spelledTable} WHERE ${quoted} IS NULL LIMIT 20`),
        otherwise: `These rows of ${spelledTable} still have NULL in ${quoted}: fill them first`,
      },
    ],
  })
}

/** 14 to 17: a validated CHECK proves it, so that SET NOT NULL reads nothing. */
export function provenNotNull(table: QualifiedName, column: string, phase: PhaseName): readonly StepSketch[] {
  const spelledTable = formatRelation(table)
  const quoted = quoteIdentifier(column)
  const name = lockstepName('nn', column)
  const drop = `ALTER TABLE ${spelledTable} DROP CONSTRAINT`
  const [add, validate] = notValidSteps({
    table,
    name,
    noun: 'check',
    sql: generated(
      `ALTER TABLE ${spelledTable} ADD CONSTRAINT ${quoteIdentifier(name)} CHECK (${quoted} IS NOT NULL) NOT VALID`,
    ),
    reads: [columnObject(table, column)],
    addIn: phase,
    validateIn: phase,
  })
  if (add === undefined || validate === undefined) return []
  const gone = {
    kind: 'constraint',
    table: spelledTable,
    constraint: name,
    exists: false,
    validated: null,
    definition: null,
  } as const
  return [
    // By the time that it is undone, the last step has dropped it already.
    { ...add, undo: undoSql(generated(`${drop} IF EXISTS ${quoteIdentifier(name)}`)) },
    validate,
    ddlStep({
      slug: `set not null ${column}`,
      phase,
      title: `Make ${spelledTable}.${quoted} NOT NULL, which the check has proved`,
      // Two statements: in one ALTER TABLE the drop goes first, and SET NOT NULL would read every row.
      sql: [
        generated(`ALTER TABLE ${spelledTable} ALTER COLUMN ${quoted} SET NOT NULL`),
        generated(`${drop} ${quoteIdentifier(name)}`),
      ],
      touches: touching({
        changes: [columnObject(table, column)],
        reads: [rowsObject(table)],
        drops: [`constraint ${spelledTable}.${quoteIdentifier(name)}`],
      }),
      before: [{ ...gone, exists: true, validated: true }],
      after: [{ kind: 'column-not-null', table: spelledTable, column, notNull: true }, gone],
      undo: undoSql(generated(`ALTER TABLE ${spelledTable} ALTER COLUMN ${quoted} DROP NOT NULL`)),
    }),
  ]
}

/** From 18 on NOT NULL is a constraint itself and can be added NOT VALID. */
export function namedNotNull(
  table: QualifiedName,
  column: string,
  name: string,
  phase: PhaseName,
): readonly StepSketch[] {
  const sql = `ALTER TABLE ${formatRelation(table)} ADD CONSTRAINT ${quoteIdentifier(name)} NOT NULL ${quoteIdentifier(column)} NOT VALID`
  return notValidSteps({
    table,
    name,
    noun: 'not-null constraint',
    sql: generated(sql),
    reads: [columnObject(table, column)],
    addIn: phase,
    validateIn: phase,
  })
}

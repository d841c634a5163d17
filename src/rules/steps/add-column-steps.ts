import { replay } from '../../catalog/replay.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { effectOf } from '../../effects/effect-of.ts'
import { stallsOf } from '../../effects/stalls.ts'
import type { ActionOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import {
  bareColumn,
  generated,
  inlineConstraints,
  inlineNotNull,
  ofTable,
  withoutInlineConstraints,
} from '../../sql/edit.ts'
import { addConstraintSteps } from './add-constraint-steps.ts'
import { computedColumnSteps, triggerColumnBecause } from './computed-column-steps.ts'
import { filledColumnSteps, type FillContext } from './filled-column-steps.ts'
import { notNullSteps } from './not-null-steps.ts'
import { numberedColumnSteps } from './numbered-column-steps.ts'
import { columnObject, tableObject, touching } from './objects.ts'
import { parsedAction } from './parsed-action.ts'
import { tableCopySteps } from './table-copy-steps.ts'
import { inOrder, type Recipe, type RecipeContext } from './recipe.ts'
import { ddlStep, undoSql, type StepSketch } from './step-sketch.ts'

type AddColumn = ActionOf<'add-column'>

/**
 * the column as far as it comes in an instant, then its values in batches where each row needs one of its
 * own, then NOT NULL and each constraint that was written on it, by their own recipes.
 */
export function addColumnSteps(action: AddColumn, context: FillContext): Recipe {
  const bare = parsedAction(bareColumn(action.sql), 'add-column')
  const alone = parsedAction(withoutInlineConstraints(action.sql), 'add-column')
  const { default: value, generated: computed } = action.column
  if (isOfCheckedType(action, context)) return copiedWithColumn(action, context)
  if (computed !== null) return computedColumn(action, bare, context)
  if (action.column.serial || action.column.identity !== null) {
    const { recipe, catalog, last } = numberedColumnSteps(action, bare, context)
    return inOrder([recipe, ...withRequirements(action, { ...context, catalog }, last)])
  }
  if (!stalls(alone, context)) return constrained(action, alone, context)
  if (value === null) return { cannot: nothingToFillWith(action, context) }
  const { recipe, catalog } = filledColumnSteps(
    { bare, value: value.sql, functions: value.functions, setUp: [], takeBack: [], creates: [] },
    context,
  )
  return inOrder([recipe, ...withRequirements(action, { ...context, catalog })])
}

/** The type alone, a domain with constraints, makes PostgreSQL write the table anew. */
export function isOfCheckedType(action: AddColumn, context: RecipeContext): boolean {
  return stalls(parsedAction(bareColumn(action.sql), 'add-column'), context)
}

function computedColumn(action: AddColumn, bare: AddColumn, context: FillContext): Recipe {
  const because = triggerColumnBecause(context.comments)
  const { generated: computed } = action.column
  if (because === null || computed === null) return copiedWithColumn(action, context)
  const { recipe, catalog } = computedColumnSteps({ bare, value: computed.expression, because }, context)
  return inOrder([recipe, ...withRequirements(action, { ...context, catalog })])
}

function stalls(action: AddColumn, { catalog, serverVersion }: RecipeContext): boolean {
  return stallsOf(effectOf(action, catalog, serverVersion), []) !== null
}

/** NOT NULL and constraints of a column that has been filled, so in no earlier phase; `last`: as soon as it is NOT NULL. */
function withRequirements(
  action: AddColumn,
  context: RecipeContext,
  last: readonly StepSketch[] = [],
): readonly Recipe[] {
  const { column, table } = action
  const isKey = column.constraints.some(({ kind }) => kind === 'primary-key')
  const isNumbered = column.serial || column.identity !== null
  if (!column.notNull && !isKey && !isNumbered) return constraintsOf(action, context).map(inBackfill)
  const { name, noInherit } = inlineNotNull(action.sql)
  if (noInherit) {
    return [{ cannot: `Write NOT NULL NO INHERIT of ${nameOf(action, context)} as a statement of its own.` }]
  }
  const target = { table, column: column.name }
  const set = parsedAction(
    generated(
      `ALTER TABLE ${formatRelation(context.catalog.resolve(table))} ALTER COLUMN ${quoteIdentifier(column.name)} SET NOT NULL`,
    ),
    'set-not-null',
  )
  const filled = { ...context, catalog: replay(context.catalog, set) }
  return [
    notNullSteps(target, context, { name, isKept: column.generated !== null }),
    { steps: last },
    ...constraintsOf(action, filled).map(inBackfill),
  ]
}

function inBackfill(recipe: Recipe): Recipe {
  if ('cannot' in recipe) return recipe
  const later = (step: StepSketch): StepSketch =>
    step.phase === 'expand' ? { ...step, phase: 'backfill' } : step
  return { ...recipe, steps: recipe.steps.map(later) }
}

/** */
function constrained(action: AddColumn, alone: AddColumn, context: RecipeContext): Recipe {
  const after = { ...context, catalog: replay(context.catalog, alone) }
  const without = action.column.constraints.length > 0 ? ' without its constraints' : ''
  return inOrder([{ steps: [addColumnStep(alone, context, without)] }, ...constraintsOf(action, after)])
}

/** `catalog`: with the column. */
function constraintsOf(action: AddColumn, context: RecipeContext): readonly Recipe[] {
  let { catalog }: { catalog: Catalog } = context
  return inlineConstraints(action.sql).map((sql) => {
    const constraint = parsedAction(sql, 'add-constraint')
    const recipe = addConstraintSteps(constraint, { ...context, catalog })
    catalog = replay(catalog, constraint)
    return recipe
  })
}

function addColumnStep(action: AddColumn, { catalog }: RecipeContext, without: string): StepSketch {
  const table = catalog.resolve(action.table)
  const spelledTable = formatRelation(table)
  const column = action.column.name
  return ddlStep({
    slug: `add ${column}`,
    phase: 'expand',
    title: `Add column ${quoteIdentifier(column)} to ${spelledTable}${without}`,
    sql: [action.sql],
    touches: touching({ creates: [columnObject(table, column)], reads: [tableObject(table)] }),
    before: [{ kind: 'column', table: spelledTable, column, exists: false, type: null }],
    after: [{ kind: 'column', table: spelledTable, column, exists: true, type: null }],
    undo: undoSql(generated(`ALTER TABLE ${spelledTable} DROP COLUMN ${quoteIdentifier(column)}`)),
  })
}

function nameOf({ table, column }: AddColumn, { catalog }: RecipeContext): string {
  return `${formatRelation(catalog.resolve(table))}.${quoteIdentifier(column.name)}`
}

/** where PostgreSQL writes the table anew for the column. */
function copiedWithColumn(action: AddColumn, context: FillContext): Recipe {
  const name = action.column.name
  const recipe = tableCopySteps(
    action.table,
    {
      words: `with the column ${quoteIdentifier(name)}`,
      column: name,
      statementsFor: (copy) => [ofTable(action.sql, copy)],
    },
    context,
  )
  if (!('cannot' in recipe)) return recipe
  const ways = action.column.generated === null ? waysOfDomain : waysOfGenerated(context)
  return { cannot: `${recipe.cannot} Other ways out for ${nameOf(action, context)}: ${ways.join('; ')}.` }
}

const waysOfDomain = [
  'add it with the domain’s base type, and put the domain’s CHECK on the table, NOT VALID first',
]

function waysOfGenerated({ serverVersion }: RecipeContext): readonly string[] {
  return [
    'say "-- lockstep: allow trigger-column because …" for a plain column that a trigger keeps',
    ...(serverVersion.max >= 18
      ? ['make it VIRTUAL, which is instant but cannot be indexed (PostgreSQL 18)']
      : []),
    'index the expression in place of a column',
  ]
}

function nothingToFillWith(action: AddColumn, context: RecipeContext): string {
  return `${nameOf(action, context)} is to be NOT NULL and has no default, so nobody knows what the rows that are there should have in it. Give it a default, or add it without NOT NULL, fill it, and SET NOT NULL afterwards.`
}

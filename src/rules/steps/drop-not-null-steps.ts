import { replay } from '../../catalog/replay.ts'
import type { ActionOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { notNullSteps } from './not-null-steps.ts'
import { columnObject, touching } from './objects.ts'
import type { RecipeContext } from './recipe.ts'
import { sqlOfStep } from '../../model/step-sql.ts'
import { ddlStep, undoNever, undoOneByOne, type StepSketch } from './step-sketch.ts'

/** */
export function dropNotNullStep(action: ActionOf<'drop-not-null'>, context: RecipeContext): StepSketch {
  const table = context.catalog.resolve(action.table)
  const spelledTable = formatRelation(table)
  const { column } = action
  const here = { kind: 'column-not-null', table: spelledTable, column } as const
  return ddlStep({
    slug: `drop not null ${column}`,
    phase: 'expand',
    title: `Let ${spelledTable}.${quoteIdentifier(column)} be NULL`,
    sql: [action.sql],
    touches: touching({ changes: [columnObject(table, column)] }),
    before: [{ ...here, notNull: true }],
    after: [{ ...here, notNull: false }],
    undo: wayBack(action, context),
  })
}

function wayBack(action: ActionOf<'drop-not-null'>, context: RecipeContext): StepSketch['undo'] {
  const back = notNullAgain(action, context)
  if ('cannot' in back) return undoNever(back.cannot)
  const [first, ...more] = back.sql
  return first === undefined
    ? undoNever('nothing proves that no NULL was written')
    : undoOneByOne(first, ...more)
}

/** Statements, each to be run alone, that make the column NOT NULL again under the name that its constraint had. */
export function notNullAgain(
  action: ActionOf<'drop-not-null'>,
  context: RecipeContext,
): { readonly sql: readonly string[] } | { readonly cannot: string } {
  const known = context.catalog.table(action.table)
  const constraint =
    typeof known === 'object'
      ? known.constraints.find(({ kind, columns }) => kind === 'not-null' && columns.includes(action.column))
      : undefined
  const after = { ...context, catalog: replay(context.catalog, action) }
  const recipe = notNullSteps(action, after, { name: constraint?.name ?? null })
  return 'cannot' in recipe ? recipe : { sql: recipe.steps.flatMap(sqlOfStep) }
}

import { replay } from '../catalog/replay.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { notNullSteps } from './steps/not-null-steps.ts'
import { columnObject, touching } from './steps/objects.ts'
import { replacementFrom, spelled, type RecipeContext } from './steps/recipe.ts'
import { ddlStep, sqlOf, undoNever, undoOneByOne, type StepSketch } from './steps/step-sketch.ts'
import type { ActionOf } from '../model/statement.ts'

export default defineRule({
  id: 'drop-not-null',
  severity: 'warning',
  on: ['drop-not-null'],

  docs: {
    what: 'DROP NOT NULL.',
    why: 'As soon as the new application writes a NULL, every reader that counted on there being none meets it, the old application above all. AccessExclusive is held for an instant.',
    instead:
      'Teach every reader to take NULL first, then drop, then write. migrate plan drops it in the expand phase; its way back proves NOT NULL again without stopping anybody.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL',
  },

  examples: {
    setup: `
      CREATE SCHEMA hr;
      CREATE TABLE hr."Employee" (id bigint PRIMARY KEY, "Badge" text NOT NULL, desk integer);
      INSERT INTO hr."Employee" SELECT n, 'badge ' || n, n FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE hr."Employee" ALTER COLUMN "Badge" DROP NOT NULL;'],
    safe: ['CREATE TABLE guests (name text NOT NULL); ALTER TABLE guests ALTER COLUMN name DROP NOT NULL;'],
  },

  detect(action, { catalog, judged }) {
    if (judged.effect.locks.length === 0) return null
    const known = catalog.column(action.table, action.column)
    if (typeof known === 'object' && !known.notNull) return null
    const table = spelled(action.table, catalog)
    return { message: `${quoteIdentifier(action.column)} of ${table} may be NULL from now on.` }
  },

  replace(action, context) {
    const name = `${spelled(action.table, context.catalog)}.${quoteIdentifier(action.column)}`
    const notes = [
      `From its expand phase on ${name} may be NULL: whoever reads it must take that before the new application writes one.`,
    ]
    return replacementFrom({ steps: [dropNotNullStep(action, context)], notes }, context)
  },
})

/** */
function dropNotNullStep(action: ActionOf<'drop-not-null'>, context: RecipeContext): StepSketch {
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
  const known = context.catalog.table(action.table)
  const constraint =
    typeof known === 'object'
      ? known.constraints.find(({ kind, columns }) => kind === 'not-null' && columns.includes(action.column))
      : undefined
  const after = { ...context, catalog: replay(context.catalog, action) }
  const recipe = notNullSteps(action, after, { name: constraint?.name ?? null })
  if ('cannot' in recipe) return undoNever(recipe.cannot)
  const [first, ...more] = recipe.steps.flatMap(sqlOf)
  return first === undefined
    ? undoNever('nothing proves that no NULL was written')
    : undoOneByOne(first, ...more)
}

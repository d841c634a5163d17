import { quoteIdentifier } from '../postgres/identifier.ts'
import type { PhaseName } from '../model/plan.ts'
import type { ActionOf, ConstraintOf } from '../model/statement.ts'
import { defineRule, shows } from './define-rule.ts'
import { notNullSteps } from './steps/not-null-steps.ts'
import { inOrder, replacementFrom, spelled, type Recipe, type RecipeContext } from './steps/recipe.ts'
import type { StepSketch } from './steps/step-sketch.ts'
import { keySteps } from './steps/partitioned-key-steps.ts'

export default defineRule({
  id: 'add-primary-key',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-08', 'R-09'],
  on: ['add-constraint'],

  docs: {
    what: 'ADD PRIMARY KEY on a table that is in use.',
    why: 'It builds the index under AccessExclusive, and reads every row once more for each column that is not yet NOT NULL: no statement of the application gets at the table until both are done.',
    instead:
      'Make the columns NOT NULL first, build a unique index concurrently, and let the primary key take it over with USING INDEX, which takes an instant. migrate plan does that, and asks for duplicates and NULLs first.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Archive";
      CREATE TABLE "Archive"."Documents" ("docNo" bigint NOT NULL, volume integer DEFAULT 1, title text);
      INSERT INTO "Archive"."Documents" SELECT n, n % 5, 'title ' || n FROM generate_series(1, 300) AS n;
      CREATE TABLE shelves (id bigint, room text);
      INSERT INTO shelves SELECT n, 'room ' || n FROM generate_series(1, 300) AS n;
      CREATE TABLE loans (at date, document bigint, reader text) PARTITION BY RANGE (at);
      CREATE TABLE loans_2026 PARTITION OF loans FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      CREATE TABLE "Archive"."Loans" PARTITION OF loans DEFAULT;
      INSERT INTO loans SELECT date '2026-01-01' + n * 2, n, 'reader ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Archive"."Documents" ADD PRIMARY KEY ("docNo");',
      'ALTER TABLE "Archive"."Documents" ADD CONSTRAINT "Documents by volume" PRIMARY KEY (volume, "docNo") INCLUDE (title);',
      'ALTER TABLE shelves ADD CONSTRAINT shelves_key PRIMARY KEY (id);',
      shows('R-09', 'ALTER TABLE loans ADD PRIMARY KEY (document, at);'),
    ],
    safe: [
      'CREATE TABLE boxes (id bigint); ALTER TABLE boxes ADD PRIMARY KEY (id);',
      "SET lock_timeout = '100ms'; CREATE TABLE boxes (id bigint PRIMARY KEY);",
    ],
  },

  detect(action, { catalog, judged }) {
    const { constraint } = action
    const works = judged.effect.builds.length + judged.effect.scans.length > 0
    if (constraint.kind !== 'primary-key' || !works) return null
    const table = spelled(action.table, catalog)
    const name = constraint.name === null ? 'a primary key' : quoteIdentifier(constraint.name)
    const work = constraint.usingIndex === null ? 'builds an index on' : 'reads every row of'
    return { message: `Adding ${name} ${work} ${table} while every statement on it waits, SELECT too.` }
  },

  replace(action, context) {
    const { constraint } = action
    if (constraint.kind !== 'primary-key') return { cannot: 'This is not a primary key.' }
    if (constraint.usingIndex !== null) {
      const index = quoteIdentifier(constraint.usingIndex)
      return {
        cannot: `The columns of ${index} are not NOT NULL yet, and PostgreSQL would read every row: make them NOT NULL in a statement before.`,
      }
    }
    return replacementFrom(primaryKeySteps(action, constraint, context), context)
  },
})

/** each column is proved not null by its own recipe, then R-07. */
function primaryKeySteps(
  action: ActionOf<'add-constraint'>,
  constraint: ConstraintOf<'unique' | 'primary-key'>,
  context: RecipeContext,
): Recipe {
  const { catalog } = context
  const nullable = constraint.columns.filter((column) => {
    const known = catalog.column(action.table, column)
    return typeof known !== 'object' || !known.notNull
  })
  const recipe = inOrder([
    ...nullable.map((column) => notNullSteps({ table: action.table, column }, context)),
    keySteps(action, constraint, context),
  ])
  return 'cannot' in recipe ? recipe : { ...recipe, steps: withKeyLast(recipe.steps) }
}

/**
 * The key takes the index over when its columns are NOT NULL, so in no earlier phase than that; so do those of partitions,
 * which stand behind the last index that is built.
 */
function withKeyLast(steps: readonly StepSketch[]): readonly StepSketch[] {
  const latest = phaseNames.findLast((name) => steps.some(({ phase }) => phase === name)) ?? 'expand'
  const built = steps.findLastIndex(({ kind }) => kind === 'create-index')
  return steps.map((step, index) => (index > built ? { ...step, phase: latest } : step))
}

const phaseNames: readonly PhaseName[] = ['expand', 'backfill', 'contract']

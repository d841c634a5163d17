import { quoteIdentifier } from '../postgres/identifier.ts'
import { replay } from '../catalog/replay.ts'
import { generated, withColumnDefault } from '../sql/edit.ts'
import { defineRule } from './define-rule.ts'
import { addColumnSteps } from './steps/add-column-steps.ts'
import { defaultStep } from './steps/default-steps.ts'
import { fillComment, howToFill } from './steps/fill-comment.ts'
import { parsedAction } from './steps/parsed-action.ts'
import { inOrder, replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-not-null-no-default',
  severity: 'error',
  recipe: ['R-20'],
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN … NOT NULL without a default.',
    why: 'It fails on the first row that is there (23502), after AccessExclusive was waited for. On an empty table it succeeds, and the INSERTs of the old application, which does not know the column, fail from then on.',
    instead:
      'Give it a default that is the same for every row: ADD COLUMN … NOT NULL DEFAULT value is instant. Or add it without NOT NULL, fill it, and SET NOT NULL when every application writes it. Where the column is to end without a default, "-- lockstep: fill VALUE because …" says what the old rows get: migrate plan adds it with that default and drops it in the contract phase.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Data";
      CREATE TABLE "Data"."Rows" (id bigint PRIMARY KEY, note text);
      CREATE INDEX ON "Data"."Rows" (note);
      INSERT INTO "Data"."Rows" SELECT n, 'note ' || n FROM generate_series(1, 300) AS n;`,
    refused: '23502',
    unsafe: [
      'ALTER TABLE "Data"."Rows" ADD COLUMN "Region" text NOT NULL;',
      '-- lockstep: fill \'eu  (old)\' because all customers of before are there\nALTER TABLE "Data"."Rows" ADD COLUMN "Region" varchar(20) COLLATE "C" NOT NULL CHECK ("Region" <> \'\');',
      '-- lockstep: fill now() because any time will do\nALTER TABLE "Data"."Rows" ADD COLUMN "Seen" timestamptz NOT NULL;',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Data"."Rows" ADD COLUMN "Region" text NOT NULL DEFAULT \'eu\';',
      'CREATE TABLE fresh (a int); ALTER TABLE fresh ADD COLUMN b int NOT NULL;',
    ],
  },

  detect(action, { catalog, judged }) {
    const { column } = action
    const isFilled =
      column.default !== null || column.serial || column.identity !== null || column.generated !== null
    if (!column.notNull || isFilled || judged.effect.locks.length === 0) return null
    const table = spelled(action.table, catalog)
    return {
      message: `Adding ${quoteIdentifier(column.name)} as NOT NULL without a default fails on every row that ${table} has.`,
    }
  },

  replace(action, context) {
    const { catalog, comments } = context
    const table = spelled(action.table, catalog)
    const column = quoteIdentifier(action.column.name)
    const fill = fillComment(comments)
    if (fill === null) {
      return {
        cannot: `Only its author knows what the rows that are there should have in ${table}.${column}: give it a DEFAULT; or ${howToFill}; or add it without NOT NULL, fill it by an UPDATE and SET NOT NULL afterwards.`,
      }
    }
    if ('cannot' in fill) return { cannot: `${fill.cannot}.` }
    const added = parsedAction(withColumnDefault(action.sql, fill.value, true), 'add-column')
    const dropped = parsedAction(
      generated(`ALTER TABLE ${table} ALTER COLUMN ${column} DROP DEFAULT`),
      'drop-default',
    )
    const recipe = inOrder([
      addColumnSteps(added, context),
      {
        steps: [defaultStep(dropped, 'contract', replay(catalog, added))],
        notes: [
          `Rows of ${table} that are there, or are inserted by the old application, get ${fill.value} in ${column}: ${fill.because}. The author's own statement fails where there are any.`,
        ],
      },
    ])
    return replacementFrom(recipe, context)
  },
})

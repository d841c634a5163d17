import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-not-null-no-default',
  severity: 'error',
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN … NOT NULL without a default.',
    why: 'It fails on the first row that is there (23502), after AccessExclusive was waited for. On an empty table it succeeds, and the INSERTs of the old application, which does not know the column, fail from then on.',
    instead:
      'Give it a default that is the same for every row: ADD COLUMN … NOT NULL DEFAULT value is instant. Or add it without NOT NULL, fill it, and SET NOT NULL when every application writes it.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Data";
      CREATE TABLE "Data"."Rows" (id bigint PRIMARY KEY, note text);
      CREATE INDEX ON "Data"."Rows" (note);
      INSERT INTO "Data"."Rows" SELECT n, 'note ' || n FROM generate_series(1, 300) AS n;`,
    refused: '23502',
    unsafe: ['ALTER TABLE "Data"."Rows" ADD COLUMN "Region" text NOT NULL;'],
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

  replace(action, { catalog }) {
    const name = `${spelled(action.table, catalog)}.${quoteIdentifier(action.column.name)}`
    return {
      cannot: `Only its author knows what the rows that are there should have in ${name}: give it a DEFAULT, or add it without NOT NULL, fill it by an UPDATE and SET NOT NULL afterwards.`,
    }
  },
})

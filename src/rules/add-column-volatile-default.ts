import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-volatile-default',
  severity: 'error',
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN with a default that differs from row to row, to a table that is in use.',
    why: 'PostgreSQL writes the table and all its indexes anew under AccessExclusive: no statement of the application gets at the table until the last row is written, and for a while it takes twice its room.',
    instead:
      'Add the column without the default, set the default for new rows, and fill the old ones in batches (R-19, which migrate plan does not do yet). A constant, now() or any other function that is not volatile costs nothing.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Data";
      CREATE TABLE "Data"."Rows" (id bigint PRIMARY KEY, note text);
      CREATE INDEX ON "Data"."Rows" (note);
      INSERT INTO "Data"."Rows" SELECT n, 'note ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Data"."Rows" ADD COLUMN token text NOT NULL DEFAULT md5(random()::text);',
      'ALTER TABLE "Data"."Rows" ADD COLUMN "seenAt" timestamptz DEFAULT clock_timestamp();',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Data"."Rows" ADD COLUMN "seenAt" timestamptz DEFAULT now();',
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Data"."Rows" ADD COLUMN token text; ALTER TABLE "Data"."Rows" ALTER COLUMN token SET DEFAULT md5(random()::text);',
    ],
  },

  detect(action, { catalog, judged }) {
    const { column } = action
    if (
      judged.effect.rewrites.length === 0 ||
      !(column.default !== null && !column.serial && column.generated === null)
    )
      return null
    const table = spelled(action.table, catalog)
    return {
      message: `Adding ${quoteIdentifier(column.name)}, whose default differs from row to row, writes ${table} anew while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, { catalog }) {
    return {
      cannot: `${spelled(action.table, catalog)} would be written anew for ${quoteIdentifier(action.column.name)}. Filling it in batches (R-19) is not offered yet: add the column without its default, SET DEFAULT, then fill it by an UPDATE of its own.`,
    }
  },
})

import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-generated-stored',
  severity: 'error',
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN … GENERATED ALWAYS AS (…) STORED to a table that is in use.',
    why: 'PostgreSQL writes the table and all its indexes anew under AccessExclusive: no statement of the application gets at the table until the last row is written, and for a while it takes twice its room.',
    instead:
      'Add a plain column, keep it by a trigger, and fill it in batches; or compute it in a view (R-22, which migrate plan does not do yet).',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Data";
      CREATE TABLE "Data"."Rows" (id bigint PRIMARY KEY, note text);
      CREATE INDEX ON "Data"."Rows" (note);
      INSERT INTO "Data"."Rows" SELECT n, 'note ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Data"."Rows" ADD COLUMN "noteLength" integer GENERATED ALWAYS AS (length(note)) STORED;',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Data"."Rows" ADD COLUMN "noteLength" integer;',
      'CREATE TABLE fresh (a int); ALTER TABLE fresh ADD COLUMN b int GENERATED ALWAYS AS (a + 1) STORED;',
    ],
  },

  detect(action, { catalog, judged }) {
    const { column } = action
    if (judged.effect.rewrites.length === 0 || !(column.generated?.stored === true)) return null
    const table = spelled(action.table, catalog)
    return {
      message: `Adding ${quoteIdentifier(column.name)}, a stored generated column, writes ${table} anew while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, { catalog }) {
    return {
      cannot: `${spelled(action.table, catalog)} would be written anew for ${quoteIdentifier(action.column.name)}. Keeping a plain column by a trigger (R-22) is not offered yet: add a plain column and fill it yourself.`,
    }
  },
})

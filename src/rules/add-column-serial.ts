import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { addColumnSteps } from './steps/add-column-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-serial',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-21'],
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN of a serial type to a table that is in use.',
    why: 'PostgreSQL writes the table and all its indexes anew under AccessExclusive: no statement of the application gets at the table until the last row is written, and for a while it takes twice its room.',
    instead:
      'Add a plain column, its sequence and the default for new rows in one transaction, which takes an instant, number the old rows in batches, then NOT NULL and the key. migrate plan does that, under the names that PostgreSQL would have given.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Data";
      CREATE TABLE "Data"."Rows" (id bigint PRIMARY KEY, note text);
      CREATE INDEX ON "Data"."Rows" (note);
      CREATE SEQUENCE "Data"."Rows_rowNo_seq";
      CREATE TABLE "Data"."Pairs" ("Tenant" text, no integer, label text, PRIMARY KEY ("Tenant", no));
      CREATE TABLE "LogOfAll" (line text);
      CREATE TABLE measures (id bigint, area text, PRIMARY KEY (area, id)) PARTITION BY LIST (area);
      CREATE TABLE "measures North" PARTITION OF measures FOR VALUES IN ('n');
      CREATE TABLE "measures Rest" PARTITION OF measures DEFAULT;
      INSERT INTO "Data"."Rows" SELECT n, 'note ' || n FROM generate_series(1, 300) AS n;
      INSERT INTO "Data"."Pairs" SELECT 'tenant ' || n % 7, n, 'label' FROM generate_series(1, 300) AS n;
      INSERT INTO "LogOfAll" SELECT 'line ' || n FROM generate_series(1, 300) AS n;
      INSERT INTO measures SELECT n, CASE n % 2 WHEN 0 THEN 'n' ELSE 's' END FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Data"."Rows" ADD COLUMN "rowNo" bigserial;',
      'ALTER TABLE "Data"."Pairs" ADD "eine Spalte mit einem sehr langen Namen" smallserial CONSTRAINT "each once" UNIQUE CHECK ("eine Spalte mit einem sehr langen Namen" > 0);',
      'ALTER TABLE "LogOfAll" ADD COLUMN "Id" serial PRIMARY KEY;',
      'ALTER TABLE measures ADD COLUMN n serial;',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Data"."Rows" ADD COLUMN "rowNo" bigint;',
      'CREATE TABLE fresh (a int); ALTER TABLE fresh ADD COLUMN id serial;',
    ],
  },

  detect(action, { catalog, judged }) {
    const { column } = action
    if (judged.effect.rewrites.length === 0 || !column.serial) return null
    const table = spelled(action.table, catalog)
    return {
      message: `Adding ${quoteIdentifier(column.name)}, of a serial type, writes ${table} anew while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, context) {
    return replacementFrom(addColumnSteps(action, context), context)
  },
})

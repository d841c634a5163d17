import { defineRule } from './define-rule.ts'
import { addColumnSteps } from './steps/add-column-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-inline-check',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-24'],
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN with a CHECK written on the column.',
    why: 'PostgreSQL reads every row under AccessExclusive to check it, even where each of them is NULL and cannot violate it: no statement of the application gets at the table meanwhile.',
    instead:
      'Add the column alone, which takes an instant, then the CHECK with NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own. migrate plan does that, under the name that PostgreSQL would have given.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Feedback";
      CREATE TABLE "Feedback"."Reviews" (id bigint PRIMARY KEY, body text);
      CREATE TABLE measures (id bigint, area text, PRIMARY KEY (area, id)) PARTITION BY LIST (area);
      CREATE TABLE "measures North" PARTITION OF measures FOR VALUES IN ('n');
      CREATE TABLE "measures Rest" PARTITION OF measures DEFAULT;
      INSERT INTO measures SELECT n, CASE n % 2 WHEN 0 THEN 'n' ELSE 's' END FROM generate_series(1, 300) AS n;
      INSERT INTO "Feedback"."Reviews" SELECT n, 'body ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Feedback"."Reviews" ADD COLUMN "Stars" smallint CHECK ("Stars" BETWEEN 1 AND 5);',
      'ALTER TABLE "Feedback"."Reviews" ADD COLUMN locale varchar(35) NOT NULL DEFAULT \'en\' CONSTRAINT locale_is_there CHECK (locale <> \'\') CHECK (length(locale) > 1);',
      'ALTER TABLE measures ADD COLUMN IF NOT EXISTS "ein Name, der mit dreiundsechzig Bytes genau noch hinein passt." numeric(9, 2) DEFAULT 1 CHECK ("ein Name, der mit dreiundsechzig Bytes genau noch hinein passt." > 0);',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Feedback"."Reviews" ADD COLUMN "Stars" smallint;',
      'CREATE TABLE ratings (id bigint); ALTER TABLE ratings ADD COLUMN stars smallint CHECK (stars > 0);',
    ],
  },

  detect(action, { catalog, judged }) {
    const { constraints, name } = action.column
    if (judged.effect.scans.length === 0 || !constraints.some(({ kind }) => kind === 'check')) return null
    const table = spelled(action.table, catalog)
    return {
      message: `The CHECK on the new column ${name} reads every row of ${table} while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, context) {
    return replacementFrom(addColumnSteps(action, context), context)
  },
})

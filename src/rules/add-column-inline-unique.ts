import { defineRule } from './define-rule.ts'
import { addColumnSteps } from './steps/add-column-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-inline-unique',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-24'],
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN with UNIQUE written on the column.',
    why: 'PostgreSQL builds the index under AccessExclusive: no statement of the application gets at the table until it is complete.',
    instead:
      'Add the column alone, which takes an instant, build the unique index concurrently, and let the constraint take it over with USING INDEX. migrate plan does that, under the name that PostgreSQL would have given.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Sales";
      CREATE TABLE "Sales".coupons (id bigint PRIMARY KEY, percent integer);
      CREATE TABLE "Sales".refs ("Id" uuid PRIMARY KEY);
      INSERT INTO "Sales".coupons SELECT n, n % 50 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Sales".coupons ADD COLUMN "Code" text UNIQUE;',
      'ALTER TABLE "Sales".coupons ADD COLUMN batch integer CONSTRAINT "each batch once" UNIQUE CHECK (batch > 0);',
      'ALTER TABLE ONLY "Sales".coupons ADD "Ref" uuid UNIQUE DEFERRABLE INITIALLY DEFERRED REFERENCES "Sales".refs ("Id");',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Sales".coupons ADD COLUMN "Code" text;',
      'CREATE TABLE vouchers (id bigint); ALTER TABLE vouchers ADD COLUMN code text UNIQUE;',
    ],
  },

  detect(action, { catalog, judged }) {
    const { constraints, name } = action.column
    if (judged.effect.builds.length === 0 || !constraints.some(({ kind }) => kind === 'unique')) return null
    const table = spelled(action.table, catalog)
    return {
      message: `The UNIQUE on the new column ${name} builds an index on ${table} while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, context) {
    return replacementFrom(addColumnSteps(action, context), context)
  },
})

import { defineRule } from './define-rule.ts'
import { addColumnSteps } from './steps/add-column-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-inline-fk',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-24'],
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN with a default and REFERENCES written on the column.',
    why: 'Every row has the default from the start, and PostgreSQL looks each up in the referenced table, with AccessExclusive on the one table and ShareRowExclusive on the other. Without a default every row is NULL and nothing is read.',
    instead:
      'Add the column alone, which takes an instant, then the foreign key with NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own. migrate plan does that, under the name that PostgreSQL would have given.',
    reference:
      'Measured on PostgreSQL 14 to 18: without a default nothing is scanned, with one both tables are.',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Geo";
      CREATE TABLE "Geo".countries (code text PRIMARY KEY);
      CREATE TABLE public."Addresses" (id bigint PRIMARY KEY, street text);
      INSERT INTO "Geo".countries VALUES ('de'), ('fr'), ('pl');
      INSERT INTO "Addresses" SELECT n, 'street ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Addresses" ADD COLUMN country text NOT NULL DEFAULT \'de\' REFERENCES "Geo".countries ON UPDATE CASCADE;',
      'ALTER TABLE "Addresses" ADD COLUMN "Country" text DEFAULT \'fr\' CONSTRAINT lives_in REFERENCES "Geo".countries (code) MATCH FULL ON DELETE SET NULL DEFERRABLE;',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Addresses" ADD COLUMN country text REFERENCES "Geo".countries;',
    ],
  },

  detect(action, { catalog, judged }) {
    const key = action.column.constraints.find((constraint) => constraint.kind === 'foreign-key')
    if (judged.effect.scans.length === 0 || key === undefined) return null
    // What reads the rows may be a CHECK beside it, with a rule of its own.
    if (action.column.default === null) return null
    const table = spelled(action.table, catalog)
    const parent = spelled(key.references, catalog)
    return {
      message: `The new column ${action.column.name} has a default, so every row of ${table} is looked up in ${parent} while every statement on ${table} and every write to ${parent} waits.`,
    }
  },

  replace(action, context) {
    return replacementFrom(addColumnSteps(action, context), context)
  },
})

import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { addColumnSteps, isOfCheckedType } from './steps/add-column-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-constrained-domain',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-23'],
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN of a domain with a CHECK or NOT NULL, to a table that is in use.',
    why: 'PostgreSQL writes the table and all its indexes anew under AccessExclusive: no statement of the application gets at the table until the last row is written, and for a while it takes twice its room.',
    instead:
      "Add the column with the domain's base type, which is instant, and put the domain's CHECK on the table, NOT VALID first. migrate plan does not do that by itself, for the column would then be of another type than the migration says: it copies the table behind the application. To drop the domain's constraint, add the column and add the constraint again NOT VALID, in one transaction, writes no row either; but ALTER DOMAIN … VALIDATE CONSTRAINT then reads every table with a column of the domain while writes to it wait.",
    reference:
      'Measured on PostgreSQL 14 to 18: the table gets a new file, with a default and without. VALIDATE CONSTRAINT of a domain takes Share on each table that uses it (15 and 18).',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Data";
      CREATE TABLE "Data"."Rows" (id bigint PRIMARY KEY, note text);
      CREATE INDEX ON "Data"."Rows" (note);
      INSERT INTO "Data"."Rows" SELECT n, 'note ' || n FROM generate_series(1, 300) AS n;
      CREATE DOMAIN "Data".address AS text CHECK (value LIKE '%@%');`,
    unsafe: [
      'ALTER TABLE "Data"."Rows" ADD COLUMN "eMail" "Data".address;',
      'ALTER TABLE "Data"."Rows" ADD COLUMN "eMail" "Data".address NOT NULL DEFAULT \'nobody@example.org\';',
    ],
    safe: ['SET lock_timeout = \'100ms\'; ALTER TABLE "Data"."Rows" ADD COLUMN "eMail" text;'],
  },

  detect(action, context) {
    const { column } = action
    if (context.judged.effect.rewrites.length === 0 || column.generated !== null) return null
    if (!isOfCheckedType(action, context)) return null
    const table = spelled(action.table, context.catalog)
    return {
      message: `Adding ${quoteIdentifier(column.name)}, of a domain with constraints, writes ${table} anew while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, context) {
    return replacementFrom(addColumnSteps(action, context), context)
  },
})

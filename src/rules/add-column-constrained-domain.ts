import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-constrained-domain',
  severity: 'error',
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN of a domain with a CHECK or NOT NULL, to a table that is in use.',
    why: 'PostgreSQL writes the table and all its indexes anew under AccessExclusive: no statement of the application gets at the table until the last row is written, and for a while it takes twice its room.',
    instead:
      "Add the column with the domain's base type and put the domain's CHECK on the table, NOT VALID first (R-23, which migrate plan does not do yet).",
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Data";
      CREATE TABLE "Data"."Rows" (id bigint PRIMARY KEY, note text);
      CREATE INDEX ON "Data"."Rows" (note);
      INSERT INTO "Data"."Rows" SELECT n, 'note ' || n FROM generate_series(1, 300) AS n;
      CREATE DOMAIN "Data".address AS text CHECK (value LIKE '%@%');`,
    unsafe: ['ALTER TABLE "Data"."Rows" ADD COLUMN "eMail" "Data".address;'],
    safe: ['SET lock_timeout = \'100ms\'; ALTER TABLE "Data"."Rows" ADD COLUMN "eMail" text;'],
  },

  detect(action, { catalog, judged }) {
    const { column } = action
    if (
      judged.effect.rewrites.length === 0 ||
      !(column.default === null && column.identity === null && column.generated === null && !column.serial)
    )
      return null
    const table = spelled(action.table, catalog)
    return {
      message: `Adding ${quoteIdentifier(column.name)}, of a domain with constraints, writes ${table} anew while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, { catalog }) {
    return {
      cannot: `${spelled(action.table, catalog)} would be written anew for ${quoteIdentifier(action.column.name)}. Adding it with the domain’s base type and a CHECK of the table (R-23) is not offered yet: write it so yourself.`,
    }
  },
})

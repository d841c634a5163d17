import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column-serial',
  severity: 'error',
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN of a serial type to a table that is in use.',
    why: 'PostgreSQL writes the table and all its indexes anew under AccessExclusive: no statement of the application gets at the table until the last row is written, and for a while it takes twice its room.',
    instead:
      'Add a plain bigint column, let a trigger and batches fill it from a sequence, and make it NOT NULL and the default afterwards (R-21, which migrate plan does not do yet).',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Data";
      CREATE TABLE "Data"."Rows" (id bigint PRIMARY KEY, note text);
      CREATE INDEX ON "Data"."Rows" (note);
      INSERT INTO "Data"."Rows" SELECT n, 'note ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Data"."Rows" ADD COLUMN "rowNo" bigserial;'],
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

  replace(action, { catalog }) {
    return {
      cannot: `${spelled(action.table, catalog)} would be written anew for ${quoteIdentifier(action.column.name)}. Filling it from a sequence in batches (R-21) is not offered yet: add a plain bigint column and fill it yourself.`,
    }
  },
})

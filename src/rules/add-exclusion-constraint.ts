import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-exclusion-constraint',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-15'],
  on: ['add-constraint'],

  docs: {
    what: 'ADD EXCLUDE on a table that is in use.',
    why: 'It builds the index under AccessExclusive. PostgreSQL takes no NOT VALID for it and lets it take over no index.',
    instead:
      'Where every operator is =, write UNIQUE instead. Otherwise only a copy of the table gets it without a long lock (R-15, R-54): plan it for a quiet hour, or while the table is small.',
    reference: 'https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-EXCLUDE',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Booking";
      CREATE TABLE "Booking"."Stays" (id bigint PRIMARY KEY, during daterange, room text);
      INSERT INTO "Booking"."Stays"
        SELECT n, daterange(date '2026-01-01' + n, date '2026-01-02' + n), 'room ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Booking"."Stays" ADD CONSTRAINT "one at a time" EXCLUDE USING gist (during WITH &&);',
      'ALTER TABLE "Booking"."Stays" ADD EXCLUDE (room WITH =);',
    ],
    safe: [
      'CREATE TABLE slots (during daterange); ALTER TABLE slots ADD EXCLUDE USING gist (during WITH &&);',
    ],
  },

  detect(action, { catalog, judged }) {
    const { constraint } = action
    if (constraint.kind !== 'exclude' || judged.effect.builds.length === 0) return null
    const table = spelled(action.table, catalog)
    const name = constraint.name === null ? 'an exclusion constraint' : quoteIdentifier(constraint.name)
    return {
      message: `Adding ${name} builds an index on ${table} while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, { catalog }) {
    const { constraint } = action
    const table = spelled(action.table, catalog)
    const way =
      constraint.kind === 'exclude' && constraint.allEqual
        ? 'Every operator of it is =: write it as UNIQUE.'
        : 'It can be neither NOT VALID nor take over an index (R-15).'
    return { cannot: `An exclusion constraint of ${table} is built under AccessExclusive. ${way}` }
  },
})

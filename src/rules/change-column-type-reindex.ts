import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { changeTypeSteps } from './steps/change-type-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'change-column-type-reindex',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-25'],
  on: ['alter-column-type'],

  docs: {
    what: 'ALTER COLUMN TYPE that keeps the rows as they are, but not an index over them.',
    why: 'PostgreSQL builds each such index anew under AccessExclusive, expression and partial indexes above all: no statement of the application gets at the table until they are complete.',
    instead:
      'Let a column of the new type take the place of the old one, with indexes that were built beforehand, concurrently: migrate plan does that.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Types";
      CREATE TABLE "Types"."Mixed" (
        id integer PRIMARY KEY,
        code varchar(20),
        plain varchar(20),
        amount numeric(10, 2) CHECK (amount > 0),
        born date
      );
      CREATE INDEX mixed_code ON "Types"."Mixed" (lower(code));
      INSERT INTO "Types"."Mixed"
        SELECT n, 'code ' || n, 'plain', n, date '2026-01-01' + n FROM generate_series(1, 300) AS n;`,
    unsafe: ['ALTER TABLE "Types"."Mixed" ALTER COLUMN code TYPE text;'],
    safe: ['SET lock_timeout = \'100ms\'; ALTER TABLE "Types"."Mixed" ALTER COLUMN plain TYPE text;'],
  },

  detect(action, { catalog, judged }) {
    const { rewrites, builds } = judged.effect
    if (!(rewrites.length === 0 && builds.length > 0)) return null
    const table = spelled(action.table, catalog)
    return {
      message: `Changing ${quoteIdentifier(action.column)} to ${action.type} builds indexes of ${table} anew while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, context) {
    return replacementFrom(changeTypeSteps(action, context), context)
  },
})

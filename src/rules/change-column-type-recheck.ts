import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { changeTypeSteps } from './steps/change-type-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'change-column-type-recheck',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-25'],
  on: ['alter-column-type'],

  docs: {
    what: 'ALTER COLUMN TYPE of a column with a CHECK.',
    why: 'Even where PostgreSQL keeps the rows as they are, it checks every one of them anew under AccessExclusive.',
    instead:
      'Let a column of the new type take the place of the old one, with a CHECK that was validated beforehand: migrate plan does that.',
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
    unsafe: ['ALTER TABLE "Types"."Mixed" ALTER COLUMN amount TYPE numeric(14, 2);'],
    safe: ['SET lock_timeout = \'100ms\'; ALTER TABLE "Types"."Mixed" ALTER COLUMN plain TYPE varchar(40);'],
  },

  detect(action, { catalog, judged }) {
    const { rewrites, builds, scans } = judged.effect
    if (!(rewrites.length === 0 && builds.length === 0 && scans.length > 0)) return null
    const table = spelled(action.table, catalog)
    return {
      message: `Changing ${quoteIdentifier(action.column)} to ${action.type} reads every row of ${table} while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, context) {
    return replacementFrom(changeTypeSteps(action, context), context)
  },
})

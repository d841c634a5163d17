import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { notNullSteps, whyNullsGoOn } from './steps/not-null-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'set-not-null-scan',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-14'],
  on: ['set-not-null'],

  docs: {
    what: 'SET NOT NULL on a column that no validated CHECK proves to be free of NULL.',
    why: 'It reads every row under AccessExclusive: no statement of the application gets at the table until the last row is checked. A NULL that is left makes it fail at the end.',
    instead:
      'Let a CHECK (column IS NOT NULL), added NOT VALID and validated in a transaction of its own, prove it first; SET NOT NULL then reads nothing. From PostgreSQL 18 on a NOT NULL constraint can be NOT VALID itself. migrate plan does that, once nothing writes NULL any more.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL',
  },

  examples: {
    setup: `
      CREATE SCHEMA "CRM";
      CREATE TABLE "CRM".contacts (
        id bigint PRIMARY KEY,
        "Full Name" text,
        language text DEFAULT 'en',
        nickname text,
        proved text CONSTRAINT proved_is_there CHECK (proved IS NOT NULL),
        a_column_of_sixty_three_bytes_is_as_long_as_postgresql_lets_one integer
      );
      INSERT INTO "CRM".contacts SELECT n, 'Name ' || n, 'de', CASE WHEN n % 3 = 0 THEN 'nick' END, 'yes', n FROM generate_series(1, 300) AS n;
      CREATE TABLE trips (at date NOT NULL, "Rider" bigint) PARTITION BY RANGE (at);
      CREATE TABLE trips_2026 PARTITION OF trips FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      INSERT INTO trips SELECT date '2026-01-01' + n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "CRM".contacts ALTER COLUMN language SET NOT NULL;',
      'ALTER TABLE "CRM".contacts ALTER COLUMN "Full Name" SET NOT NULL, ALTER COLUMN a_column_of_sixty_three_bytes_is_as_long_as_postgresql_lets_one SET NOT NULL;',
      'ALTER TABLE trips ALTER COLUMN "Rider" SET NOT NULL;',
      'UPDATE "CRM".contacts SET nickname = lower("Full Name") WHERE nickname IS NULL;\nALTER TABLE "CRM".contacts ALTER COLUMN nickname SET NOT NULL;',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "CRM".contacts ALTER COLUMN proved SET NOT NULL;',
      'CREATE TABLE leads (name text); ALTER TABLE leads ALTER COLUMN name SET NOT NULL;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (judged.effect.scans.length === 0) return null
    const table = spelled(action.table, catalog)
    const why = whyNullsGoOn(action, catalog)
    const column = quoteIdentifier(action.column)
    const wait = why === null ? '' : ` A plan leaves it to the contract phase: ${why}.`
    return {
      message: `SET NOT NULL on ${column} reads every row of ${table} while every statement on it waits, SELECT too.${wait}`,
    }
  },

  replace(action, context) {
    return replacementFrom(notNullSteps(action, context), context)
  },
})

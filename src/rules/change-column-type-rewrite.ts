import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'change-column-type-rewrite',
  severity: 'error',
  on: ['alter-column-type'],

  docs: {
    what: 'ALTER COLUMN TYPE between types that PostgreSQL does not store alike.',
    why: 'PostgreSQL writes the table and all its indexes anew under AccessExclusive: no statement of the application gets at the table until the last row is written.',
    instead:
      'Add a column of the new type, keep the two in step by a trigger, fill it in batches and swap (R-25, which migrate plan does not do yet).',
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
    unsafe: [
      'ALTER TABLE "Types"."Mixed" ALTER COLUMN id TYPE bigint;',
      'ALTER TABLE "Types"."Mixed" ALTER COLUMN plain TYPE varchar(10);',
      'ALTER TABLE "Types"."Mixed" ALTER COLUMN born TYPE text USING to_char(born, \'YYYY\');',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Types"."Mixed" ALTER COLUMN plain TYPE text;',
      'CREATE TABLE fresh (a int); ALTER TABLE fresh ALTER COLUMN a TYPE bigint;',
    ],
  },

  detect(action, { catalog, judged }) {
    const { rewrites } = judged.effect
    if (!(rewrites.length > 0)) return null
    const table = spelled(action.table, catalog)
    return {
      message: `Changing ${quoteIdentifier(action.column)} to ${action.type} writes ${table} anew while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, { catalog }) {
    const name = `${spelled(action.table, catalog)}.${quoteIdentifier(action.column)}`
    return {
      cannot: `A new type for ${name} needs a second column that is kept in step (R-25), which is not offered yet: add a column of the new type under a new name, fill it, and let the application move over.`,
    }
  },
})

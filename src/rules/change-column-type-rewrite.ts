import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule } from './define-rule.ts'
import { changeTypeSteps } from './steps/change-type-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'change-column-type-rewrite',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-25'],
  on: ['alter-column-type'],

  docs: {
    what: 'ALTER COLUMN TYPE between types that PostgreSQL does not store alike.',
    why: 'PostgreSQL writes the table and all its indexes anew under AccessExclusive: no statement of the application gets at the table until the last row is written.',
    instead:
      'Add a column of the new type, keep it in step by a trigger, fill it in batches, carry constraints and indexes over, and let it take the name in an instant. migrate plan does that. Clients that know the column by its name must understand the new type (integer and bigint, text and varchar, char(n) that becomes text, json and jsonb, another precision); for any other pair choose a new name, a version view, or a new database (blue-green).',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Types";
      CREATE TABLE numbers (n bigint PRIMARY KEY);
      INSERT INTO numbers SELECT generate_series(1, 20);
      CREATE TABLE "Types"."Mixed" (
        id integer PRIMARY KEY,
        code varchar(20),
        plain varchar(20),
        amount numeric(10, 2) CHECK (amount > 0),
        born date,
        "Count" integer NOT NULL DEFAULT 7 CONSTRAINT "Count is known" REFERENCES numbers ON DELETE CASCADE,
        rank integer CONSTRAINT rank_once UNIQUE CONSTRAINT rank_is_high CHECK (rank > 0 AND rank < 1000000),
        body json,
        seen timestamptz DEFAULT now(),
        ratio real,
        kind char(8) NOT NULL
      );
      COMMENT ON COLUMN "Types"."Mixed"."Count" IS 'How many; it''s never 0.';
      CREATE INDEX mixed_code ON "Types"."Mixed" (lower(code));
      CREATE INDEX "by Count" ON "Types"."Mixed" ("Count" DESC NULLS LAST, code) WHERE "Count" > 2;
      INSERT INTO "Types"."Mixed"
        SELECT n, 'code ' || n, 'plain', n / 4.0 + 1, date '2026-01-01' + n, n % 10 + 1, nullif(n, 5), '{"b": 1, "a": [2, 1.50]}',
               timestamptz '2026-01-01 00:00:00.123456+00' + n * interval '1 hour', n / 7.0,
               CASE n % 3 WHEN 0 THEN 'mixed' WHEN 1 THEN 'pure' ELSE 'of eight' END
          FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Types"."Mixed" ALTER COLUMN id TYPE bigint;',
      'ALTER TABLE "Types"."Mixed" ALTER COLUMN plain TYPE varchar(10);',
      'ALTER TABLE "Types"."Mixed" ALTER COLUMN "Count" TYPE bigint;',
      'ALTER TABLE "Types"."Mixed" ALTER COLUMN rank TYPE bigint;\nALTER TABLE "Types"."Mixed" ALTER COLUMN body SET DATA TYPE jsonb USING body::jsonb;',
      'ALTER TABLE "Types"."Mixed" ALTER COLUMN seen TYPE timestamptz(0), ALTER COLUMN ratio TYPE double precision;',
      'ALTER TABLE "Types"."Mixed" ALTER COLUMN amount TYPE numeric(8, 1) USING amount + 0.5;',
      'ALTER TABLE "Types"."Mixed" ALTER COLUMN kind TYPE varchar(8);',
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

  replace(action, context) {
    return replacementFrom(changeTypeSteps(action, context), context)
  },
})

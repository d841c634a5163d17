import { quoteIdentifier } from '../postgres/identifier.ts'
import { defineRule, shows } from './define-rule.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'
import { keySteps } from './steps/partitioned-key-steps.ts'

export default defineRule({
  id: 'add-unique-constraint',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-07', 'R-09'],
  on: ['add-constraint'],

  docs: {
    what: 'ADD UNIQUE on a table that is in use.',
    why: 'It builds the index under AccessExclusive: no statement of the application gets at the table until it is complete. Two rows with the same value make it fail at the end.',
    instead:
      'Build a unique index concurrently and let the constraint take it over with USING INDEX, which takes an instant. migrate plan does that, and asks for duplicates first.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX',
  },

  examples: {
    setup: `
      CREATE SCHEMA people;
      CREATE TABLE people."User" (
        id bigint PRIMARY KEY,
        "eMail" text,
        tenant integer NOT NULL,
        handle text NOT NULL,
        a_column_of_sixty_three_bytes_is_as_long_as_postgresql_lets_one integer
      );
      INSERT INTO people."User"
        SELECT n, CASE WHEN n % 4 > 0 THEN n || '@example.org' END, n % 3, 'handle ' || n, n
        FROM generate_series(1, 300) AS n;
      CREATE TABLE seats (hall integer NOT NULL, seat integer NOT NULL) PARTITION BY LIST (hall);
      CREATE TABLE seats_1 PARTITION OF seats FOR VALUES IN (1);
      CREATE TABLE people.balcony PARTITION OF seats FOR VALUES IN (2, 3) PARTITION BY RANGE (seat);
      CREATE TABLE people."Front row" PARTITION OF people.balcony FOR VALUES FROM (0) TO (100);
      CREATE TABLE seats_behind PARTITION OF people.balcony DEFAULT;
      INSERT INTO seats SELECT 1 + n % 3, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE people."User" ADD CONSTRAINT "one account for each eMail" UNIQUE ("eMail");',
      'ALTER TABLE people."User" ADD UNIQUE (tenant, handle) INCLUDE ("eMail") DEFERRABLE INITIALLY DEFERRED;',
      'ALTER TABLE people."User" ADD UNIQUE (a_column_of_sixty_three_bytes_is_as_long_as_postgresql_lets_one);',
      shows('R-09', 'ALTER TABLE seats ADD UNIQUE (hall, seat);'),
      shows(
        'R-09',
        'ALTER TABLE public.seats ADD CONSTRAINT "a seat once" UNIQUE (seat, hall) DEFERRABLE INITIALLY DEFERRED;',
      ),
    ],
    safe: [
      'CREATE TABLE tags (name text); ALTER TABLE tags ADD UNIQUE (name);',
      "CREATE TABLE tags (name text); SET lock_timeout = '100ms'; CREATE UNIQUE INDEX tags_name ON tags (name); ALTER TABLE tags ADD UNIQUE USING INDEX tags_name;",
    ],
  },

  detect(action, { catalog, judged }) {
    const { constraint } = action
    if (constraint.kind !== 'unique' || judged.effect.builds.length === 0) return null
    const table = spelled(action.table, catalog)
    const name = constraint.name === null ? 'a unique constraint' : quoteIdentifier(constraint.name)
    return {
      message: `Adding ${name} builds an index on ${table} while every statement on it waits, SELECT too.`,
    }
  },

  replace(action, context) {
    const { constraint } = action
    if (constraint.kind !== 'unique') return { cannot: 'This is not a unique constraint.' }
    return replacementFrom(keySteps(action, constraint, context), context)
  },
})

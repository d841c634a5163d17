import { quoteIdentifier } from '../postgres/identifier.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'add-column',
  severity: 'warning',
  on: ['add-column'],

  docs: {
    what: 'ADD COLUMN without a lock_timeout in force.',
    why: 'The column itself costs nothing: a default that is the same for every row is kept in the catalog. But AccessExclusive is asked for, and while it waits for the oldest query on the table, every later statement on it waits behind. IF NOT EXISTS does not save the lock.',
    instead:
      "SET lock_timeout = '100ms' before, and try again when it strikes. migrate apply does that, looking first who is in the way. Clients with prepared SELECT * statements may fail once with 0A000 afterwards.",
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Player";
      CREATE TABLE "Player"."Scores" (id bigint PRIMARY KEY, points integer);
      CREATE VIEW "Player".best AS SELECT * FROM "Player"."Scores" WHERE points > 100;
      INSERT INTO "Player"."Scores" SELECT n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Player"."Scores" ADD COLUMN "Level" text NOT NULL DEFAULT \'beginner\', ADD COLUMN seen_at timestamptz DEFAULT now();',
      'ALTER TABLE "Player"."Scores" ADD COLUMN IF NOT EXISTS rank integer;',
      'ALTER TABLE "Player"."Scores" ADD COLUMN nick varchar(30) DEFAULT NULL;',
    ],
    safe: [
      'SET LOCAL lock_timeout = \'100ms\'; ALTER TABLE "Player"."Scores" ADD COLUMN rank integer;',
      autocommit('SET lock_timeout = \'100ms\'; ALTER TABLE "Player"."Scores" ADD COLUMN rank integer;'),
      'CREATE TABLE rounds (id bigint); ALTER TABLE rounds ADD COLUMN won boolean;',
    ],
  },

  detect(action, { catalog, judged }) {
    const { effect, stalls, transaction } = judged
    if (stalls !== null || transaction.lockTimeoutMs !== null || effect.locks.length === 0) return null
    // Several columns in one statement wait for one lock.
    const first = judged.statement.actions.find(({ kind }) => kind === 'add-column')
    if (first !== undefined && first !== action) return null
    const table = spelled(action.table, catalog)
    return {
      message: `Adding ${quoteIdentifier(action.column.name)} to ${table} waits for AccessExclusive as long as it must, and every statement on ${table} behind it.`,
    }
  },
})

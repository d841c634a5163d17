import { autocommit, defineRule } from './define-rule.ts'

export default defineRule({
  id: 'concurrent-index-short-lock-timeout',
  severity: 'warning',
  on: ['create-index', 'drop-index', 'reindex'],

  docs: {
    what: 'CREATE INDEX, DROP INDEX or REINDEX CONCURRENTLY while a lock_timeout is in force.',
    why: 'It counts the time that the command waits for old transactions to end as well, which stops nobody. When it strikes, a build leaves an INVALID index, and a drop makes a good one INVALID: no query uses it any more, every write still pays for it.',
    instead: 'SET lock_timeout = 0 before it, and watch it instead. migrate apply does that.',
    reference:
      'Measured on PostgreSQL 14 to 18: lock_timeout cancels the waits of CONCURRENTLY for old snapshots.',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Vote";
      CREATE TABLE "Vote"."Ballots" (id bigint PRIMARY KEY, place text);
      CREATE INDEX ballots_place ON "Vote"."Ballots" (place);
      INSERT INTO "Vote"."Ballots" SELECT n, n % 7 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      autocommit(
        `SET lock_timeout = '2s'; CREATE INDEX CONCURRENTLY ballots_id ON "Vote"."Ballots" (place, id);`,
      ),
      autocommit(`SET lock_timeout = 500; DROP INDEX CONCURRENTLY "Vote".ballots_place;`),
    ],
    safe: [
      autocommit(
        `SET lock_timeout = '2s'; SET lock_timeout = 0; CREATE INDEX CONCURRENTLY ballots_id ON "Vote"."Ballots" (id);`,
      ),
      `SET lock_timeout = '2s'; DROP INDEX "Vote".ballots_place;`,
    ],
  },

  detect(action, { judged }) {
    const { lockTimeoutMs, kind } = judged.transaction
    if (!action.concurrently || lockTimeoutMs === null || kind !== 'statement') return null
    return {
      message: `A transaction that is older than ${String(lockTimeoutMs)} ms makes it give up half-way and leave an INVALID index.`,
    }
  },
})

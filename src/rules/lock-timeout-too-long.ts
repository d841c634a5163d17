import type { JudgedAction } from '../effects/walk.ts'
import { blocksWrites } from '../postgres/lock-mode.ts'
import { autocommit, defineTransactionRule } from './define-rule.ts'
import { listed } from './listed.ts'

/** Longer than most clients wait for an answer. */
const tooLongMs = 10_000

export default defineTransactionRule({
  id: 'lock-timeout-too-long',
  severity: 'warning',

  docs: {
    what: 'A strong lock that is waited for with a lock_timeout of ten seconds or more.',
    why: 'As long as the statement waits, every later statement that conflicts with it stands in the queue behind it: the lock_timeout is the time for which the application may stand still.',
    instead:
      "SET lock_timeout = '100ms', and try again when it strikes: many short tries stop nobody, one long one does. migrate apply begins at 50 ms and never waits longer than the stall budget.",
    reference: 'https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Camp";
      CREATE TABLE "Camp"."Tents" (id bigint PRIMARY KEY, beds integer);
      INSERT INTO "Camp"."Tents" SELECT n, 2 FROM generate_series(1, 300) AS n;`,
    unsafe: [`SET lock_timeout = '1min'; ALTER TABLE "Camp"."Tents" ALTER COLUMN beds SET DEFAULT 2;`],
    safe: [
      `SET lock_timeout = '2s'; ALTER TABLE "Camp"."Tents" ALTER COLUMN beds SET DEFAULT 2;`,
      autocommit(
        `SET lock_timeout = '1min'; ALTER TABLE "Camp"."Tents" ALTER COLUMN beds SET STATISTICS 50;`,
      ),
    ],
  },

  detect(actions) {
    const position = actions.findIndex((judged) => waitsTooLong(judged).length > 0)
    const judged = actions[position]
    if (judged === undefined) return []
    const seconds = Math.round((judged.transaction.lockTimeoutMs ?? 0) / 1000)
    return [
      {
        claims: [position],
        message: `The application may wait up to ${String(seconds)} s for ${listed(waitsTooLong(judged))}, before the migration gives up.`,
      },
    ]
  },
})

function waitsTooLong({ effect, transaction, stalls }: JudgedAction): readonly string[] {
  const isLong = (transaction.lockTimeoutMs ?? 0) >= tooLongMs
  if (!isLong || stalls !== null) return []
  return [...new Set(effect.locks.filter(({ mode }) => blocksWrites(mode)).map(({ relation }) => relation))]
}

import type { JudgedAction } from '../effects/walk.ts'
import type { Lock } from '../model/effect.ts'
import type { Action, Statement } from '../model/statement.ts'
import { blocksReads, blocksWrites } from '../postgres/lock-mode.ts'
import { autocommit, defineTransactionRule, type TransactionDetection } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineTransactionRule({
  id: 'missing-lock-timeout',
  severity: 'warning',

  docs: {
    what: 'A strong lock for an instant, without a lock_timeout in force.',
    why: 'The change takes milliseconds, but first it stands in the queue for the lock, for as long as the oldest query on the table runs, and every later statement that conflicts with it stands behind it.',
    instead:
      "SET lock_timeout = '100ms' before, and try again when it strikes. migrate apply does that, looking first who is in the way.",
    reference: 'https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Office";
      CREATE TABLE "Office"."Rooms" (id bigint PRIMARY KEY, seats integer, floor integer);
      INSERT INTO "Office"."Rooms" SELECT n, n % 12, n % 7 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Office"."Rooms" RENAME COLUMN seats TO chairs;',
      'ALTER TABLE "Office"."Rooms" ADD CONSTRAINT "has seats" CHECK (seats >= 0) NOT VALID;',
      'SET LOCAL lock_timeout = \'100ms\'; COMMIT; ALTER TABLE "Office"."Rooms" ALTER COLUMN floor SET STORAGE plain;',
    ],
    safe: [
      'SET LOCAL lock_timeout = \'100ms\'; ALTER TABLE "Office"."Rooms" RENAME COLUMN seats TO chairs;',
      autocommit(
        'SET lock_timeout = \'100ms\'; ALTER TABLE "Office"."Rooms" ADD CONSTRAINT "has seats" CHECK (seats >= 0) NOT VALID;',
      ),
      'ALTER TABLE "Office"."Rooms" ALTER COLUMN seats SET STATISTICS 500;',
    ],
  },

  detect(actions) {
    const told = new Set<Statement>()
    return actions.flatMap((judged, position): readonly TransactionDetection[] => {
      const locks = unprotected(judged)
      if (locks.length === 0 || told.has(judged.statement)) return []
      told.add(judged.statement)
      const relations = listed([...new Set(locks.map(({ relation }) => relation))])
      const everybody = locks.some(({ mode }) => blocksReads(mode))
      return [
        {
          claims: [position],
          message: `It waits for ${listed(locks.map(({ mode, relation }) => `${mode} on ${relation}`))} as long as it must, and every ${everybody ? 'statement on' : 'write to'} ${relations} behind it.`,
        },
      ]
    })
  },
})

/** What has a rule of its own that says it is left out; what stalls is an error of another rule. */
function unprotected({ action, effect, stalls, transaction }: JudgedAction): readonly Lock[] {
  if (stalls !== null || transaction.lockTimeoutMs !== null) return []
  return saysItself(action) ? [] : effect.locks.filter(({ mode }) => blocksWrites(mode))
}

function saysItself(action: Action): boolean {
  if (action.kind === 'create-table') return action.partitionOf !== null
  if (action.kind === 'alter-table') return action.subcommand === 'DETACH PARTITION'
  return action.kind === 'add-column' || action.kind === 'drop-index'
}

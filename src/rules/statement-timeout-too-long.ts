import { timeParameterMs } from '../postgres/time-parameter.ts'
import { autocommit, defineRule } from './define-rule.ts'

/** Longer than any change of a catalog takes. */
const tooLongMs = 60_000

export default defineRule({
  id: 'statement-timeout-too-long',
  severity: 'info',
  on: ['set'],

  docs: {
    what: 'SET statement_timeout to a minute or more, in a transaction.',
    why: 'The timeout is to end a statement that does more under its lock than was thought. What a strong lock may be held for takes milliseconds: with a minute or more to go, the application stands still that long before anything strikes.',
    instead:
      "SET statement_timeout = '5s' where a strong lock is held. What reads or builds for minutes belongs in a file without a transaction: CREATE INDEX CONCURRENTLY, VALIDATE CONSTRAINT, batches.",
    reference: 'https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT',
  },

  examples: {
    setup: 'CREATE TABLE "Seals" (id bigint PRIMARY KEY);',
    unsafe: [
      `SET statement_timeout = '15min'; SET lock_timeout = '100ms'; ALTER TABLE "Seals" ADD COLUMN wax text;`,
      'SET LOCAL statement_timeout TO 3600000;',
    ],
    safe: [
      `SET statement_timeout = '5s'; SET lock_timeout = '100ms'; ALTER TABLE "Seals" ADD COLUMN wax text;`,
      autocommit(`SET statement_timeout = '2h'; CREATE INDEX CONCURRENTLY seals_again ON "Seals" (id);`),
      'SET statement_timeout = 0;',
    ],
  },

  detect(action, { judged }) {
    if (action.parameter !== 'statement_timeout' || action.value === null) return null
    const ms = timeParameterMs(action.value)
    if (ms === null || ms < tooLongMs || judged.transaction.kind === 'statement') return null
    return {
      message: `A statement that holds a strong lock may hold it for ${String(Math.round(ms / 1000))} s.`,
    }
  },
})

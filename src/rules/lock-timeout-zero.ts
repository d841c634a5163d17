import { autocommit, defineRule } from './define-rule.ts'

export default defineRule({
  id: 'lock-timeout-zero',
  severity: 'warning',
  on: ['set'],

  docs: {
    what: 'SET lock_timeout = 0 in a transaction.',
    why: 'Zero switches it off, for the session from there on: whatever lock the next statements wait for, the application waits behind them without a limit.',
    instead:
      "SET lock_timeout = '100ms', and try again when it strikes. Zero is right before a command with CONCURRENTLY, which runs outside of a transaction.",
    reference: 'https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT',
  },

  examples: {
    setup: 'CREATE TABLE "Keys" (id bigint PRIMARY KEY);',
    unsafe: [
      'SET lock_timeout = 0; ALTER TABLE "Keys" ADD COLUMN door text;',
      `SET LOCAL lock_timeout TO '0s';`,
    ],
    safe: [
      `SET lock_timeout = '0.5s'; ALTER TABLE "Keys" ADD COLUMN door text;`,
      autocommit('SET lock_timeout = 0; CREATE INDEX CONCURRENTLY keys_id ON "Keys" (id);'),
      'RESET lock_timeout;',
    ],
  },

  detect(action, { judged }) {
    if (action.parameter !== 'lock_timeout' || action.value === null) return null
    if (judged.transaction.kind === 'statement' || Number.parseFloat(action.value) !== 0) return null
    return { message: 'From here on the migration waits for its locks without a limit.' }
  },
})

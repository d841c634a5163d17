import { settingOfLaterSessions } from '../sql/object-facts.ts'
import { autocommit, defineRule } from './define-rule.ts'

export default defineRule({
  id: 'lock-timeout-not-in-force',
  severity: 'warning',
  on: ['set', 'other'],

  docs: {
    what: 'A lock_timeout that does not reach the statements of the migration: SET LOCAL outside of a transaction, or ALTER ROLE … SET and ALTER DATABASE … SET.',
    why: 'SET LOCAL ends with its transaction, which outside of one is its own statement; what is set for a role or a database holds for sessions that begin later. The migration waits for its locks without a limit, and the application behind it.',
    instead:
      "SET lock_timeout = '100ms' in the session of the migration. migrate apply sets it for each step.",
    reference: 'https://www.postgresql.org/docs/current/sql-set.html',
  },

  examples: {
    setup: 'CREATE TABLE "Doors" (id bigint PRIMARY KEY);',
    unsafe: [
      autocommit(`SET LOCAL lock_timeout = '100ms'; ALTER TABLE "Doors" ALTER COLUMN id SET STATISTICS 50;`),
      `ALTER ROLE CURRENT_USER SET lock_timeout = '100ms';`,
    ],
    safe: [
      `SET LOCAL lock_timeout = '100ms'; ALTER TABLE "Doors" ADD COLUMN open boolean;`,
      autocommit(
        `BEGIN; SET LOCAL lock_timeout = '100ms'; ALTER TABLE "Doors" ADD COLUMN open boolean; COMMIT;`,
      ),
      autocommit(`SET lock_timeout = '100ms'; ALTER TABLE "Doors" ADD COLUMN open boolean;`),
    ],
  },

  detect(action, { judged }) {
    if (action.kind === 'other') {
      if (settingOfLaterSessions(action.sql)?.toLowerCase() !== 'lock_timeout') return null
      return { message: 'This lock_timeout holds for sessions that begin later, not for this one.' }
    }
    if (action.parameter !== 'lock_timeout' || !action.local) return null
    if (judged.transaction.kind !== 'statement') return null
    return { message: 'This lock_timeout ends with its own statement, for no transaction is open.' }
  },
})

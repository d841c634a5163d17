import { autocommit, defineTransactionRule } from './define-rule.ts'

export default defineTransactionRule({
  id: 'unclosed-transaction',
  severity: 'error',

  docs: {
    what: 'BEGIN without COMMIT before the file ends.',
    why: 'What stands after it is lost when the connection closes, or holds its locks as long as the runner keeps the connection open: the application waits for a transaction in which nothing happens any more.',
    instead: 'COMMIT at the end of what belongs together.',
    reference: 'https://www.postgresql.org/docs/current/sql-begin.html',
  },

  examples: {
    setup: 'CREATE TABLE "Lakes" (id bigint PRIMARY KEY);',
    unsafe: [
      autocommit(
        'BEGIN; ALTER TABLE "Lakes" ADD COLUMN depth integer; COMMIT; BEGIN; ALTER TABLE "Lakes" ADD COLUMN fish integer;',
      ),
    ],
    safe: [
      autocommit('BEGIN; ALTER TABLE "Lakes" ADD COLUMN depth integer; COMMIT;'),
      'ALTER TABLE "Lakes" ADD COLUMN fish integer;',
    ],
  },

  detect(actions) {
    const begin = actions.findIndex(({ action }) => action.kind === 'transaction' && action.verb === 'begin')
    const isEnded = actions.some(
      ({ action }) =>
        action.kind === 'transaction' && ['commit', 'rollback', 'prepare'].includes(action.verb),
    )
    if (begin < 0 || isEnded || actions[0]?.transaction.runner === 'file') return []
    return [{ claims: [begin], message: 'The file ends before this transaction does.' }]
  },
})

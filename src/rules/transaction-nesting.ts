import type { JudgedAction } from '../effects/walk.ts'
import { autocommit, defineTransactionRule, type TransactionDetection } from './define-rule.ts'

export default defineTransactionRule({
  id: 'transaction-nesting',
  severity: 'warning',

  docs: {
    what: 'BEGIN where a transaction is open already, or COMMIT and ROLLBACK that end the one of the runner.',
    why: 'PostgreSQL knows one transaction at a time: it only warns about the second BEGIN, and the COMMIT that was meant for it ends the first. What the runner does afterwards, its history row first of all, is not in one transaction with the migration any more: a failure in between leaves the one without the other.',
    instead:
      'Leave BEGIN and COMMIT out where the runner wraps the file, or tell the runner not to. A part that may fail alone is a SAVEPOINT.',
    reference: 'https://www.postgresql.org/docs/current/sql-begin.html',
  },

  examples: {
    setup: 'CREATE TABLE "Ponds" (id bigint PRIMARY KEY);',
    unsafe: [
      'BEGIN; ALTER TABLE "Ponds" ADD COLUMN depth integer; COMMIT;',
      'ALTER TABLE "Ponds" ADD COLUMN depth integer; COMMIT; ALTER TABLE "Ponds" ADD COLUMN fish integer;',
      autocommit('BEGIN; ALTER TABLE "Ponds" ADD COLUMN depth integer; BEGIN; COMMIT;'),
      autocommit('ALTER TABLE "Ponds" ADD COLUMN depth integer; COMMIT;'),
    ],
    safe: [
      'ALTER TABLE "Ponds" ADD COLUMN depth integer;',
      autocommit(
        'BEGIN; ALTER TABLE "Ponds" ADD COLUMN depth integer; COMMIT; BEGIN; ALTER TABLE "Ponds" ADD COLUMN fish integer; COMMIT;',
      ),
    ],
  },

  detect(actions) {
    const begins = actions.flatMap((judged, position) => (isVerb(judged, 'begin') ? [position] : []))
    const [first, second] = begins
    const isManaged = actions[0]?.transaction.runner === 'file'
    if (first !== undefined) {
      const nested = isManaged ? first : second
      if (nested === undefined) return []
      const whose = isManaged ? 'that of the runner' : 'the one that the file itself has begun'
      return [
        {
          claims: [nested],
          message: `This BEGIN begins nothing, for a transaction is open: ${whose}, which the next COMMIT ends.`,
        },
      ]
    }
    return actions.flatMap((judged, position): readonly TransactionDetection[] => {
      if (!isVerb(judged, 'commit') && !isVerb(judged, 'rollback')) return []
      const message = isManaged
        ? 'This ends the transaction of the runner, and what follows is not in it any more.'
        : 'This ends nothing, for no transaction is open.'
      return [{ claims: [position], message }]
    })
  },
})

function isVerb({ action }: JudgedAction, verb: 'begin' | 'commit' | 'rollback'): boolean {
  return action.kind === 'transaction' && action.verb === verb
}

import type { JudgedAction } from '../effects/walk.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { autocommit, defineTransactionRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineTransactionRule({
  id: 'wide-lock-window',
  severity: 'warning',

  docs: {
    what: 'AccessExclusive on several tables in one transaction.',
    why: 'While the second lock is waited for, the first is held: an old query on the one table stops every statement on the other. An application that takes the two in another order deadlocks with the migration.',
    instead: 'One table, one transaction. migrate plan splits them into steps of their own.',
    reference: 'https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Tokens";
      CREATE TABLE "Tokens".access (id bigint PRIMARY KEY);
      CREATE TABLE "Tokens"."Refresh" (id bigint PRIMARY KEY);
      INSERT INTO "Tokens".access SELECT generate_series(1, 300);
      INSERT INTO "Tokens"."Refresh" SELECT generate_series(1, 300);`,
    unsafe: [
      'ALTER TABLE "Tokens".access ADD COLUMN subject text; ALTER TABLE "Tokens"."Refresh" ADD COLUMN subject text;',
    ],
    safe: [
      autocommit(
        'ALTER TABLE "Tokens".access ADD COLUMN subject text; ALTER TABLE "Tokens"."Refresh" ADD COLUMN subject text;',
      ),
      'CREATE TABLE codes (id bigint); ALTER TABLE "Tokens".access ADD COLUMN subject text; ALTER TABLE codes ADD COLUMN subject text;',
    ],
  },

  detect(actions) {
    const firsts = new Map<string, number>()
    for (const [position, judged] of actions.entries()) {
      const table = lockedTable(judged)
      if (table !== null && !firsts.has(table)) firsts.set(table, position)
    }
    const [first, ...more] = firsts.values()
    if (first === undefined || more.length === 0) return []
    return [
      {
        claims: [first, ...more],
        message: `One transaction takes AccessExclusive on ${listed([...firsts.keys()])}, and holds the first while it waits for the next.`,
      },
    ]
  },
})

/** The table that the action itself is about, where it locks that one against everybody. */
function lockedTable({ action, catalog, effect }: JudgedAction): string | null {
  const table =
    'table' in action ? formatRelation(catalog.resolve(action.table)) : tableOfIndex(action, catalog)
  const isLocked = effect.locks.some(({ relation, mode }) => relation === table && mode === 'AccessExclusive')
  return isLocked ? table : null
}

function tableOfIndex(action: JudgedAction['action'], catalog: JudgedAction['catalog']): string | null {
  if (action.kind !== 'drop-index') return null
  const found = catalog.index(action.index)
  return typeof found === 'object' ? formatRelation(found.table) : null
}

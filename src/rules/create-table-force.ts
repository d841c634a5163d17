import { formatRelation } from '../postgres/relation-name.ts'
import { defineTransactionRule, type TransactionDetection } from './define-rule.ts'

export default defineTransactionRule({
  id: 'create-table-force',
  severity: 'error',

  docs: {
    what: 'DROP TABLE and CREATE TABLE of one name.',
    why: 'The application finds a table of that name again, and none of its rows. Run a second time, the file empties it a second time.',
    instead:
      'Change the table that is there with ALTER TABLE. If its rows may really go, DELETE them in batches, or create the new table under a name of its own.',
    reference: 'https://www.postgresql.org/docs/current/sql-droptable.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Hotel";
      CREATE TABLE "Hotel"."Guests" (id bigint PRIMARY KEY, name text);
      INSERT INTO "Hotel"."Guests" SELECT n, 'guest ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'DROP TABLE IF EXISTS "Hotel"."Guests"; CREATE TABLE "Hotel"."Guests" (id bigint PRIMARY KEY, name text, "room" integer);',
    ],
    safe: [
      'DROP TABLE IF EXISTS "Hotel".rooms; CREATE TABLE "Hotel".rooms (id bigint PRIMARY KEY);',
      'CREATE TABLE beds (a integer); DROP TABLE beds; CREATE TABLE beds (b integer);',
    ],
  },

  detect(actions) {
    const dropped = new Map<string, number>()
    return actions.flatMap(({ action, catalog, effect }, position): readonly TransactionDetection[] => {
      if (action.kind !== 'drop-table' && action.kind !== 'create-table') return []
      const table = formatRelation(catalog.resolve(action.table))
      if (action.kind === 'drop-table') {
        const isOld = effect.locks.some(({ relation }) => relation === table)
        if (isOld) dropped.set(table, position)
        return []
      }
      const before = dropped.get(table)
      if (before === undefined) return []
      return [
        {
          claims: [before, position],
          message: `${table} is made anew without a single row of the one that is there.`,
        },
      ]
    })
  },
})

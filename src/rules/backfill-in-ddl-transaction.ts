import { blocksReads, blocksWrites } from '../postgres/lock-mode.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'backfill-in-ddl-transaction',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-49'],
  on: ['insert', 'update', 'delete'],

  docs: {
    what: 'Rows that are changed in the transaction of a schema change.',
    why: 'The lock that the schema change took is held until the last row is written: the application waits for the data, not for the instant that the change itself needs.',
    instead:
      'Commit the schema change first and change the rows in transactions of their own. migrate plan splits them: rows move in the backfill phase.',
    reference: 'https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Fleet";
      CREATE TABLE "Fleet"."Vehicles" (id bigint PRIMARY KEY, plate text NOT NULL);
      CREATE TABLE "Fleet".archive (id bigint PRIMARY KEY, plate text);
      INSERT INTO "Fleet"."Vehicles" SELECT n, 'plate ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Fleet"."Vehicles" ADD COLUMN country text; UPDATE "Fleet"."Vehicles" SET country = \'de\';',
      'BEGIN; ALTER TABLE "Fleet".archive ADD COLUMN at date; INSERT INTO "Fleet".archive (id, plate) SELECT id, plate FROM "Fleet"."Vehicles"; COMMIT;',
    ],
    safe: [
      autocommit(
        'SET lock_timeout = \'100ms\'; ALTER TABLE "Fleet"."Vehicles" ADD COLUMN country text; UPDATE "Fleet"."Vehicles" SET country = \'de\' WHERE id < 100;',
      ),
      'ALTER TABLE "Fleet".archive ADD COLUMN at date; INSERT INTO "Fleet".archive VALUES (1, \'plate 1\');',
    ],
  },

  detect(action, { catalog, judged }) {
    const { held, stalls } = judged
    if (stalls !== 'reads' && stalls !== 'writes') return null
    const locked = held.filter(({ mode }) => (stalls === 'reads' ? blocksReads(mode) : blocksWrites(mode)))
    if (locked.length === 0) return null
    const verb = { insert: 'filled', update: 'changed', delete: 'emptied' }[action.kind]
    return {
      message: `${spelled(action.table, catalog)} is ${verb} while the transaction still holds ${listed(locked.map(({ relation, mode }) => `${mode} on ${relation}`))}.`,
    }
  },
})

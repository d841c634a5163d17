import { defineRule } from './define-rule.ts'
import { isMassChange, isUnrestricted } from './steps/mass-change.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'delete-without-where',
  severity: 'error',
  on: ['delete'],

  docs: {
    what: 'DELETE of every row of a table that is in use.',
    why: 'Each row stays locked until the last one is deleted, in the tables that cascade from it too, and the application finds an empty table afterwards. Foreign keys without an index make each row read a whole table.',
    instead:
      'Say which rows in a WHERE. Is it meant for all of them, delete a few thousand at a time, each batch in a transaction of its own; TRUNCATE locks everybody out for an instant.',
    reference: 'https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Log";
      CREATE TABLE "Log"."Lines" (id bigint PRIMARY KEY, line text);
      INSERT INTO "Log"."Lines" SELECT n, 'line ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: ['DELETE FROM "Log"."Lines";', 'DELETE FROM "Log"."Lines" WHERE true;'],
    safe: [
      'DELETE FROM "Log"."Lines" WHERE id = 7;',
      'CREATE TABLE fresh AS SELECT 1 AS a; DELETE FROM fresh;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (!isMassChange(judged) || !isUnrestricted(action)) return null
    const table = spelled(action.table, catalog)
    return { message: `Every row of ${table} is deleted and stays locked until the last one is.` }
  },

  replace(action, { catalog }) {
    return {
      cannot: `DELETE in batches is not offered yet (R-47): empty ${spelled(action.table, catalog)} by hand, a few thousand rows at a time.`,
    }
  },
})

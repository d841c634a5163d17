import { blocksReads, blocksWrites } from '../postgres/lock-mode.ts'
import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'lock-table',
  severity: 'warning',
  on: ['lock-table'],

  docs: {
    what: 'LOCK TABLE in a mode that stops writers or readers.',
    why: 'From there to the end of the transaction they wait, whatever the statements between do.',
    instead:
      'Leave it out: each statement takes the lock that it needs. migrate plan does leave it out, for each step locks for itself. Where rows must not change between two statements, lock the rows: SELECT … FOR UPDATE.',
    reference: 'https://www.postgresql.org/docs/current/sql-lock.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Seats";
      CREATE TABLE "Seats"."Booked" (id bigint PRIMARY KEY);
      INSERT INTO "Seats"."Booked" SELECT generate_series(1, 300);`,
    unsafe: ['LOCK TABLE "Seats"."Booked";', 'LOCK TABLE "Seats"."Booked" IN SHARE MODE;'],
    safe: [
      'LOCK TABLE "Seats"."Booked" IN ROW EXCLUSIVE MODE;',
      'CREATE TABLE fresh (a integer); LOCK TABLE fresh;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (judged.effect.locks.length === 0 || !blocksWrites(action.mode)) return null
    const who = blocksReads(action.mode) ? 'statement on' : 'write to'
    return {
      message: `Every ${who} ${spelled(action.table, catalog)} waits from here to the end of the transaction.`,
    }
  },
})

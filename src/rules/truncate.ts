import { defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'truncate',
  severity: 'error',
  recipe: ['R-52'],
  on: ['truncate'],

  docs: {
    what: 'TRUNCATE of a table that is in use.',
    why: 'Every row is gone, also for a transaction of the application that has begun to read before. AccessExclusive is held to the end of the transaction, and no trigger for DELETE sees the rows go.',
    instead:
      'DELETE the rows that may go, a few thousand at a time. migrate plan puts TRUNCATE in the contract phase, behind the gate.',
    reference: 'https://www.postgresql.org/docs/current/sql-truncate.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Cache";
      CREATE TABLE "Cache"."Entries" (key text PRIMARY KEY, value text);
      INSERT INTO "Cache"."Entries" SELECT n::text FROM generate_series(1, 300) AS n;`,
    unsafe: ['TRUNCATE "Cache"."Entries";', 'TRUNCATE TABLE "Cache"."Entries" CASCADE;'],
    safe: ['CREATE TABLE scratch (a integer); TRUNCATE scratch;'],
  },

  detect(action, { catalog, judged }) {
    const table = spelled(action.table, catalog)
    const { locks } = judged.effect
    if (
      locks.length === 0 ||
      reachesOthers(action.cascade, judged.effect.locks.length, catalog.partitionsOf(action.table).length)
    )
      return null
    return {
      message: `Every row of ${table} is gone, and every statement on it waits until the transaction ends.`,
    }
  },
})

/** Then truncate-cascade speaks. */
function reachesOthers(cascade: boolean, locked: number, partitions: number): boolean {
  return cascade && locked > 1 + partitions
}

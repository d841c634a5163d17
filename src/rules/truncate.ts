import { defineRule } from './define-rule.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'
import { truncateSteps } from './steps/truncate-steps.ts'

export default defineRule({
  id: 'truncate',
  severity: 'error',
  recipe: ['R-52'],
  on: ['truncate'],

  docs: {
    what: 'TRUNCATE of a table that is in use.',
    why: 'Every row is gone, also for a transaction of the application that has begun to read before. AccessExclusive is held to the end of the transaction, and no trigger for DELETE sees the rows go.',
    instead:
      'DELETE the rows that may go, a few thousand at a time. Where all of them may, say how many there are with -- lockstep: expect-rows 0..1000: migrate plan counts them, and empties the table in the contract phase, behind the gate.',
    reference: 'https://www.postgresql.org/docs/current/sql-truncate.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Cache";
      CREATE TABLE "Cache"."Entries" (key text PRIMARY KEY, value text);
      CREATE TABLE "Cache"."Entries of the notes, whose name is as long as it may be" (id bigint PRIMARY KEY);
      CREATE TABLE "Cache"."Notes on entries" (
        id bigint PRIMARY KEY, entry bigint REFERENCES "Cache"."Entries of the notes, whose name is as long as it may be");
      CREATE VIEW "Cache"."Latest" AS SELECT max(key) AS key FROM "Cache"."Entries";
      INSERT INTO "Cache"."Entries" SELECT n::text FROM generate_series(1, 300) AS n;
      INSERT INTO "Cache"."Entries of the notes, whose name is as long as it may be" SELECT generate_series(1, 100);
      INSERT INTO "Cache"."Notes on entries" SELECT n, n % 100 + 1 FROM generate_series(1, 250) AS n;`,
    unsafe: [
      'TRUNCATE "Cache"."Entries";',
      'TRUNCATE TABLE "Cache"."Entries" CASCADE;',
      '-- lockstep: expect-rows 200..5000\nTRUNCATE "Cache"."Entries" RESTART IDENTITY;',
      '-- lockstep: expect-rows 300..5000\nTRUNCATE ONLY "Cache"."Notes on entries", "Cache"."Entries of the notes, whose name is as long as it may be";',
    ],
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

  replace(action, context) {
    return replacementFrom(truncateSteps(action, context.judged.statement, context), context)
  },
})

/** Then truncate-cascade speaks. */
function reachesOthers(cascade: boolean, locked: number, partitions: number): boolean {
  return cascade && locked > 1 + partitions
}

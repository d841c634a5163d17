import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'
import { truncateSteps } from './steps/truncate-steps.ts'

export default defineRule({
  id: 'truncate-cascade',
  severity: 'error',
  on: ['truncate'],

  docs: {
    what: 'TRUNCATE … CASCADE of a table to which others refer.',
    why: 'Every table with a foreign key to it is emptied as well, and every table with a foreign key to those, whatever their ON DELETE says. All of them are locked against every statement until the transaction ends.',
    instead:
      'Name the tables that are to be emptied, without CASCADE: PostgreSQL then refuses if one is left out. Or DELETE in batches. With -- lockstep: expect-rows 0..1000, migrate plan counts the rows of all of them, and empties them by their names in the contract phase.',
    reference: 'https://www.postgresql.org/docs/current/sql-truncate.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Farm";
      CREATE TABLE "Farm".fields (id bigint PRIMARY KEY);
      CREATE TABLE "Farm"."Harvests" (id bigint PRIMARY KEY, field bigint REFERENCES "Farm".fields ON DELETE SET NULL);
      CREATE TABLE sacks (harvest bigint REFERENCES "Farm"."Harvests");
      INSERT INTO "Farm".fields SELECT generate_series(1, 300);
      INSERT INTO "Farm"."Harvests" SELECT n, n % 300 + 1 FROM generate_series(1, 200) AS n;
      INSERT INTO sacks SELECT n % 200 + 1 FROM generate_series(1, 200) AS n;`,
    unsafe: [
      'TRUNCATE "Farm".fields CASCADE;',
      '-- lockstep: expect-rows 300..5000\nTRUNCATE "Farm".fields CASCADE;',
    ],
    safe: ['TRUNCATE sacks CASCADE;'],
  },

  detect(action, { catalog, judged }) {
    const table = spelled(action.table, catalog)
    const own = new Set([table, ...catalog.partitionsOf(action.table).map((one) => spelled(one, catalog))])
    const others = judged.effect.locks.map(({ relation }) => relation).filter((one) => !own.has(one))
    if (!action.cascade || others.length === 0) return null
    return { message: `Not only ${table} is emptied, but ${listed(others)} as well.` }
  },

  replace(action, context) {
    return replacementFrom(truncateSteps(action, context.judged.statement, context), context)
  },
})

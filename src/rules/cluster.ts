import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'cluster',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-44'],
  on: ['other'],

  docs: {
    what: 'CLUSTER of a table that is in use.',
    why: 'Heap and indexes are written anew in the order of an index while AccessExclusive is held: every statement on the table waits, SELECT too, until the last row is copied. The order is not kept for rows that come later.',
    instead:
      'Leave it out of the migrations: it changes nothing that an application could see. Where the order is worth it, pg_repack writes the table anew beside the running application.',
    reference: 'https://www.postgresql.org/docs/current/sql-cluster.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Atlas";
      CREATE TABLE "Atlas"."Cities" (id bigint PRIMARY KEY, country text);
      CREATE INDEX cities_country ON "Atlas"."Cities" (country);
      INSERT INTO "Atlas"."Cities" SELECT n, n % 7 FROM generate_series(1, 300) AS n;`,
    unsafe: ['CLUSTER "Atlas"."Cities" USING cities_country;'],
    safe: ['ALTER TABLE "Atlas"."Cities" CLUSTER ON cities_country;'],
  },

  detect(action, { judged }) {
    const { rewrites, unknowns } = judged.effect
    if (action.tag !== 'CLUSTER' || (rewrites.length === 0 && unknowns.length === 0)) return null
    const tables = rewrites.length === 0 ? 'every table that was clustered before' : listed(rewrites)
    return { message: `CLUSTER writes ${tables} anew while every statement there waits, SELECT too.` }
  },
})

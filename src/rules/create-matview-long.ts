import { createdView } from '../sql/statement-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineRule({
  id: 'create-matview-long',
  severity: 'warning',
  lastsAsLongAsRows: true,
  on: ['other', 'create-table'],

  docs: {
    what: 'CREATE MATERIALIZED VIEW, or CREATE TABLE … AS, over tables that are in use.',
    why: 'Nobody waits for the copy itself, but it reads the tables in one go: as long as it runs, VACUUM can take no dead row away anywhere in the database, and whatever else its transaction has locked stays locked. What is written meanwhile is not in the copy.',
    instead:
      'A materialized view WITH NO DATA first, then REFRESH MATERIALIZED VIEW beside the migrations. A table: create it empty, and fill it in batches with INSERT … SELECT, which migrate plan cuts for you.',
    reference: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-BASICS',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Chain";
      CREATE TABLE "Chain"."Sales" (id bigint PRIMARY KEY, shop integer, total numeric);
      INSERT INTO "Chain"."Sales" SELECT n, n % 7, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'CREATE MATERIALIZED VIEW totals AS SELECT shop, sum(total) FROM "Chain"."Sales" GROUP BY shop;',
      'CREATE TABLE "Chain".copy AS SELECT * FROM "Chain"."Sales";',
    ],
    safe: [
      'CREATE TABLE "Chain".shops AS SELECT 1 AS id;',
      'CREATE MATERIALIZED VIEW totals AS SELECT shop, sum(total) FROM "Chain"."Sales" GROUP BY shop WITH NO DATA;',
    ],
  },

  detect(action, { catalog, judged }) {
    const isView = action.kind === 'other' && createdView(action.sql)?.materialized === true
    const { scans } = judged.effect
    const isCopy = action.kind === 'create-table' && action.reads.length > 0
    if (!(isView || isCopy) || scans.length === 0) return null
    const own = action.kind === 'create-table' ? formatRelation(catalog.resolve(action.table)) : null
    const sources = scans.filter((one) => one !== own)
    return {
      message: `All of ${listed(sources)} is read in one go, and VACUUM can take no dead row away before the end.`,
    }
  },
})

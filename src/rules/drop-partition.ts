import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'

export default defineRule({
  id: 'drop-partition',
  severity: 'warning',
  on: ['drop-table'],

  docs: {
    what: 'DROP TABLE of a partition.',
    why: 'It takes AccessExclusive on the partitioned table, and on its default partition: every statement on any partition queues behind it, and its rows are gone.',
    instead:
      'ALTER TABLE … DETACH PARTITION … CONCURRENTLY first, outside of any transaction, which stops nobody; the table that is left can then be dropped alone.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Log";
      CREATE TABLE "Log".visits (at date NOT NULL, page text) PARTITION BY RANGE (at);
      CREATE TABLE "Log"."Visits 2025" PARTITION OF "Log".visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
      CREATE TABLE "Log".visits_rest PARTITION OF "Log".visits DEFAULT;
      CREATE TABLE pages (path text);
      INSERT INTO "Log".visits SELECT date '2025-06-01' + n, '/' FROM generate_series(1, 300) AS n;`,
    unsafe: ['DROP TABLE "Log"."Visits 2025";'],
    safe: ['DROP TABLE pages;'],
  },

  detect(action, { catalog, judged }) {
    const known = catalog.table(action.table)
    if (typeof known !== 'object' || known.partitionOf === null) return null
    const parent = formatRelation(known.partitionOf)
    if (!judged.effect.locks.some(({ relation }) => relation === parent)) return null
    return {
      message: `Dropping ${formatRelation(known)} locks all of ${parent} against every statement, and the partition's rows are gone.`,
    }
  },
})

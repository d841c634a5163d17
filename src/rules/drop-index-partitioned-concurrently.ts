import { formatRelation } from '../postgres/relation-name.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-index-partitioned-concurrently',
  severity: 'error',
  on: ['drop-index'],

  docs: {
    what: 'DROP INDEX CONCURRENTLY of an index of a partitioned table.',
    why: 'PostgreSQL refuses it (0A000), and the migration stops there.',
    instead:
      'DROP INDEX without CONCURRENTLY, in a transaction of its own with a lock_timeout: it takes AccessExclusive on the table and all partitions for an instant.',
    reference: 'https://www.postgresql.org/docs/current/sql-dropindex.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Tram";
      CREATE TABLE "Tram"."Stops" (at date NOT NULL, line bigint) PARTITION BY RANGE (at);
      CREATE TABLE "Tram".stops_2026 PARTITION OF "Tram"."Stops" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      CREATE INDEX "Stops_line" ON "Tram"."Stops" (line);
      CREATE TABLE "Tram".lines (id bigint, name text);
      CREATE INDEX lines_name ON "Tram".lines (name);`,
    refused: '0A000',
    unsafe: [autocommit('DROP INDEX CONCURRENTLY "Tram"."Stops_line";')],
    safe: [autocommit('DROP INDEX CONCURRENTLY "Tram".lines_name;')],
  },

  detect(action, { catalog, judged }) {
    const found = catalog.index(action.index)
    if (!action.concurrently || judged.transaction.kind !== 'statement') return null
    if (typeof found !== 'object' || found.table.kind !== 'partitioned-table') return null
    return {
      message: `The statement fails with 0A000, for ${spelled(action.index, catalog)} belongs to the partitioned ${formatRelation(found.table)}.`,
    }
  },

  replace(action, { catalog }) {
    return {
      cannot: `DROP INDEX CONCURRENTLY ${spelled(action.index, catalog)} fails on the server. Write DROP INDEX without CONCURRENTLY.`,
    }
  },
})

import { defaultPartition } from '../catalog/partition-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'detach-concurrently-default',
  severity: 'error',
  on: ['alter-table'],

  docs: {
    what: 'DETACH PARTITION … CONCURRENTLY from a table that has a default partition.',
    why: 'PostgreSQL refuses it (55000), and the migration stops there.',
    instead:
      'DETACH PARTITION without CONCURRENTLY, in a transaction of its own with a lock_timeout; or detach the default partition first, if it is empty.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Bus";
      CREATE TABLE "Bus"."Rides" (at date NOT NULL, line integer) PARTITION BY RANGE (at);
      CREATE TABLE "Bus".rides_2025 PARTITION OF "Bus"."Rides" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
      CREATE TABLE "Bus".rides_rest PARTITION OF "Bus"."Rides" DEFAULT;
      CREATE TABLE "Bus".stops (line integer NOT NULL) PARTITION BY LIST (line);
      CREATE TABLE "Bus".stops_1 PARTITION OF "Bus".stops FOR VALUES IN (1);`,
    refused: '55000',
    unsafe: [autocommit('ALTER TABLE "Bus"."Rides" DETACH PARTITION "Bus".rides_2025 CONCURRENTLY;')],
    safe: [autocommit('ALTER TABLE "Bus".stops DETACH PARTITION "Bus".stops_1 CONCURRENTLY;')],
  },

  detect(action, { catalog }) {
    if (action.subcommand !== 'DETACH PARTITION CONCURRENTLY') return null
    const other = defaultPartition(catalog, action.table)
    if (other === null) return null
    return {
      message: `The statement fails with 55000, for ${formatRelation(other)} is the default partition of ${spelled(action.table, catalog)}.`,
    }
  },
})

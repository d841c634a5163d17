import { formatRelation } from '../postgres/relation-name.ts'
import { autocommit, defineRule } from './define-rule.ts'
import { listed } from './listed.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'detach-pending',
  severity: 'error',
  on: ['alter-table'],

  docs: {
    what: 'DETACH PARTITION … CONCURRENTLY from a table of which another partition is half detached.',
    why: 'An interrupted DETACH CONCURRENTLY leaves its partition pending: queries of the table no longer see the rows, and PostgreSQL refuses the next one (55000) until it is finished.',
    instead:
      'ALTER TABLE … DETACH PARTITION … FINALIZE for the pending one first, outside of any transaction that holds locks.',
    reference: 'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Tram";
      CREATE TABLE "Tram"."Trips" (at date NOT NULL, line integer) PARTITION BY RANGE (at);
      CREATE TABLE "Tram".trips_2024 PARTITION OF "Tram"."Trips" FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
      CREATE TABLE "Tram".trips_2025 PARTITION OF "Tram"."Trips" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
      CREATE TABLE "Tram".stops (line integer NOT NULL) PARTITION BY LIST (line);
      CREATE TABLE "Tram".stops_1 PARTITION OF "Tram".stops FOR VALUES IN (1);`,
    live: {
      words: 'DETACH CONCURRENTLY of `trips_2024` was interrupted: it is pending.',
      sql: [`UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = '"Tram".trips_2024'::regclass`],
      server: { pendingDetaches: [{ schema: 'Tram', name: 'trips_2024' }] },
      invalidIndexes: [],
    },
    refused: '55000',
    unsafe: [autocommit('ALTER TABLE "Tram"."Trips" DETACH PARTITION "Tram".trips_2025 CONCURRENTLY;')],
    safe: [
      autocommit('ALTER TABLE "Tram".stops DETACH PARTITION "Tram".stops_1 CONCURRENTLY;'),
      'ALTER TABLE "Tram"."Trips" DETACH PARTITION "Tram".trips_2024 FINALIZE;',
    ],
  },

  detect(action, { catalog }) {
    if (action.subcommand !== 'DETACH PARTITION CONCURRENTLY') return null
    const parent = spelled(action.table, catalog)
    const pending = (catalog.server?.pendingDetaches ?? []).filter((partition) => {
      const table = catalog.table(partition)
      return (
        typeof table === 'object' &&
        table.partitionOf !== null &&
        formatRelation(table.partitionOf) === parent
      )
    })
    if (pending.length === 0) return null
    return {
      message: `The statement fails with 55000, for ${listed(pending.map(formatRelation))} of ${parent} ${pending.length === 1 ? 'is' : 'are'} half detached.`,
    }
  },
})

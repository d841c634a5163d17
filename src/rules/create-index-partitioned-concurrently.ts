import { autocommit, defineRule } from './define-rule.ts'
import { indexNameOf } from './steps/index-name.ts'
import { indexSteps } from './steps/partitioned-index-steps.ts'
import { replacementFrom, spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'create-index-partitioned-concurrently',
  severity: 'error',
  recipe: ['R-03'],
  on: ['create-index'],

  docs: {
    what: 'CREATE INDEX CONCURRENTLY on a partitioned table.',
    why: 'PostgreSQL refuses it (0A000), and the migration stops there.',
    instead:
      'CREATE INDEX … ON ONLY the partitioned table, which is done in an instant; CREATE INDEX CONCURRENTLY on each partition; ALTER INDEX … ATTACH PARTITION for each.',
    reference:
      'https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Taxi";
      CREATE TABLE "Taxi"."Trips" (at date NOT NULL, driver bigint) PARTITION BY RANGE (at);
      CREATE TABLE "Taxi".trips_2026 PARTITION OF "Taxi"."Trips" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      INSERT INTO "Taxi"."Trips" SELECT date '2026-01-01' + n, n FROM generate_series(1, 300) AS n;`,
    refused: '0A000',
    unsafe: [autocommit('CREATE INDEX CONCURRENTLY trips_driver ON "Taxi"."Trips" (driver);')],
    safe: [
      autocommit('CREATE INDEX CONCURRENTLY trips_2026_driver ON "Taxi".trips_2026 (driver);'),
      'CREATE INDEX trips_driver ON ONLY "Taxi"."Trips" (driver);',
    ],
  },

  detect(action, { catalog, judged }) {
    const table = catalog.table(action.table)
    if (!action.concurrently || judged.transaction.kind !== 'statement') return null
    if (typeof table !== 'object' || table.kind !== 'partitioned-table') return null
    return {
      message: `The statement fails with 0A000, for ${spelled(action.table, catalog)} is partitioned.`,
    }
  },

  replace(action, context) {
    const name = indexNameOf(action, context.catalog)
    if (name === null) return { cannot: 'Name the index, so that a build that fails can be found again.' }
    return replacementFrom(indexSteps(action, name, context), context)
  },
})

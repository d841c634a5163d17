import { optionsOf } from '../sql/statement-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { hasIndexToRefreshBy } from './steps/refresh-steps.ts'

export default defineRule({
  id: 'refresh-matview-no-unique-index',
  severity: 'error',
  on: ['other'],

  docs: {
    what: 'REFRESH MATERIALIZED VIEW CONCURRENTLY of a view without a unique index.',
    why: 'PostgreSQL refuses it (55000), and the whole migration with it: it needs the index to tell old rows from new ones.',
    instead: 'CREATE UNIQUE INDEX on columns of the view before, over all rows and without an expression.',
    reference: 'https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Weather";
      CREATE TABLE "Weather".readings (station text, at date, degrees integer);
      CREATE MATERIALIZED VIEW "Weather"."Means" AS
        SELECT station, avg(degrees) AS mean FROM "Weather".readings GROUP BY station;
      CREATE MATERIALIZED VIEW "Weather".days AS SELECT DISTINCT at FROM "Weather".readings;
      CREATE UNIQUE INDEX means_warm ON "Weather"."Means" (station) WHERE mean > 20;
      CREATE UNIQUE INDEX days_once ON "Weather".days (at);`,
    refused: '55000',
    unsafe: ['REFRESH MATERIALIZED VIEW CONCURRENTLY "Weather"."Means";'],
    safe: [
      'REFRESH MATERIALIZED VIEW CONCURRENTLY "Weather".days;',
      'CREATE UNIQUE INDEX ON "Weather"."Means" (station); REFRESH MATERIALIZED VIEW CONCURRENTLY "Weather"."Means";',
    ],
  },

  detect(action, { catalog }) {
    if (action.tag !== 'REFRESH MATERIALIZED VIEW' || !optionsOf(action.sql).concurrently) return null
    const [view] = action.relations
    const known = view === undefined ? 'unknown' : catalog.table(view)
    if (typeof known !== 'object' || known.kind !== 'materialized-view') return null
    if (hasIndexToRefreshBy(known)) return null
    return {
      message: `The statement fails with 55000, for ${formatRelation(known)} has no unique index over all of its rows.`,
    }
  },
})

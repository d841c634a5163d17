import { optionsOf } from '../sql/statement-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'
import { replacementFrom } from './steps/recipe.ts'
import { refreshSteps } from './steps/refresh-steps.ts'

export default defineRule({
  id: 'refresh-matview-blocking',
  severity: 'error',
  recipe: ['R-42'],
  on: ['other'],

  docs: {
    what: 'REFRESH MATERIALIZED VIEW without CONCURRENTLY.',
    why: 'AccessExclusive is held while the query of the view runs and its rows are written: every SELECT from the view waits for all of it.',
    instead:
      'REFRESH MATERIALIZED VIEW CONCURRENTLY, which readers do not notice. It needs a unique index over columns of the view, without a condition. migrate plan refreshes it so.',
    reference: 'https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Stats";
      CREATE TABLE "Stats".clicks (id bigint PRIMARY KEY, page text);
      CREATE MATERIALIZED VIEW "Stats"."Pages" AS SELECT page, count(*) AS n FROM "Stats".clicks GROUP BY page;
      CREATE UNIQUE INDEX pages_once ON "Stats"."Pages" (page);
      CREATE MATERIALIZED VIEW "Stats".total AS SELECT sum(n) AS n FROM "Stats"."Pages";
      CREATE VIEW top AS SELECT page FROM "Stats"."Pages" WHERE n > 15;
      COMMENT ON MATERIALIZED VIEW "Stats"."Pages" IS 'counted by night';
      INSERT INTO "Stats".clicks SELECT n, 'page ' || n % 20 FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'REFRESH MATERIALIZED VIEW "Stats"."Pages";',
      'UPDATE "Stats".clicks SET page = \'none\' WHERE id = 7; REFRESH MATERIALIZED VIEW "Stats"."Pages";',
      'REFRESH MATERIALIZED VIEW "Stats".total;',
    ],
    safe: [
      'REFRESH MATERIALIZED VIEW CONCURRENTLY "Stats"."Pages";',
      'CREATE MATERIALIZED VIEW fresh AS SELECT 1 AS a WITH NO DATA; REFRESH MATERIALIZED VIEW fresh;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (action.tag !== 'REFRESH MATERIALIZED VIEW' || optionsOf(action.sql).concurrently) return null
    const [view] = action.relations
    if (view === undefined || judged.effect.rewrites.length === 0) return null
    return {
      message: `Every SELECT from ${formatRelation(catalog.resolve(view))} waits until its query has run and its rows are written.`,
    }
  },

  replace(action, context) {
    const [view] = action.relations
    if (view === undefined) return { cannot: 'This refreshes no materialized view.' }
    return replacementFrom(refreshSteps(view, context.catalog), context)
  },
})

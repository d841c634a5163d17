import { optionsOf } from '../sql/statement-facts.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { defineRule } from './define-rule.ts'

export default defineRule({
  id: 'refresh-matview-blocking',
  severity: 'error',
  recipe: ['R-42'],
  on: ['other'],

  docs: {
    what: 'REFRESH MATERIALIZED VIEW without CONCURRENTLY.',
    why: 'AccessExclusive is held while the query of the view runs and its rows are written: every SELECT from the view waits for all of it.',
    instead:
      'REFRESH MATERIALIZED VIEW CONCURRENTLY, which readers do not notice. It needs a unique index over columns of the view, without a condition.',
    reference: 'https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Stats";
      CREATE TABLE "Stats".clicks (id bigint PRIMARY KEY, page text);
      CREATE MATERIALIZED VIEW "Stats"."Pages" AS SELECT page, count(*) AS n FROM "Stats".clicks GROUP BY page;
      CREATE UNIQUE INDEX pages_once ON "Stats"."Pages" (page);
      INSERT INTO "Stats".clicks SELECT n, 'page ' || n % 20 FROM generate_series(1, 300) AS n;`,
    unsafe: ['REFRESH MATERIALIZED VIEW "Stats"."Pages";'],
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
})

import { autocommit, defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'concurrent-index-unnamed',
  severity: 'warning',
  on: ['create-index'],

  docs: {
    what: 'CREATE INDEX CONCURRENTLY without a name.',
    why: 'A build that fails leaves an INVALID index, and each new try another one beside it, under the next free name. Every write pays for all of them, and nobody knows which is which.',
    instead: 'Name the index, so that the next try meets what is left of the last one and can drop it.',
    reference: 'Measured on PostgreSQL 14 to 18: two builds that fail leave t_x_idx and t_x_idx1.',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Film";
      CREATE TABLE "Film"."Scenes" (id bigint PRIMARY KEY, reel integer);
      INSERT INTO "Film"."Scenes" SELECT n, n % 7 FROM generate_series(1, 300) AS n;`,
    unsafe: [autocommit('CREATE INDEX CONCURRENTLY ON "Film"."Scenes" (reel);')],
    safe: [
      autocommit('CREATE INDEX CONCURRENTLY scenes_reel ON "Film"."Scenes" (reel);'),
      'CREATE INDEX ON "Film"."Scenes" (reel);',
    ],
  },

  detect(action, { catalog, judged }) {
    if (!action.concurrently || action.index !== null || judged.effect.builds.length === 0) return null
    return {
      message: `Each try that fails leaves one more INVALID index on ${spelled(action.table, catalog)}.`,
    }
  },
})

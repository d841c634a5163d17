import { autocommit, defineRule } from './define-rule.ts'
import { spelled } from './steps/recipe.ts'

export default defineRule({
  id: 'reindex-blocking',
  severity: 'error',
  lastsAsLongAsRows: true,
  recipe: ['R-05'],
  on: ['reindex'],

  docs: {
    what: 'REINDEX without CONCURRENTLY.',
    why: 'It holds Share on the table and AccessExclusive on the index until the index is complete: writers wait, and so does every reader whose plan might use the index, which is nearly every one.',
    instead:
      'REINDEX … CONCURRENTLY, outside of any transaction; afterwards drop what a failed run left behind (names that end in _ccnew).',
    reference: 'https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Idx";
      CREATE TABLE "Idx"."Facts" (id bigint PRIMARY KEY, topic text);
      CREATE INDEX facts_topic ON "Idx"."Facts" (topic);
      INSERT INTO "Idx"."Facts" SELECT n, 'topic ' || n FROM generate_series(1, 300) AS n;`,
    unsafe: ['REINDEX INDEX "Idx".facts_topic;', 'REINDEX TABLE "Idx"."Facts";'],
    safe: [autocommit('REINDEX INDEX CONCURRENTLY "Idx".facts_topic;')],
  },

  detect(action, { catalog, judged }) {
    const { effect, stalls } = judged
    if (action.concurrently || effect.builds.length + effect.rewrites.length === 0) return null
    const name = action.name.name === '' ? action.target : spelled(action.name, catalog)
    const who = stalls === 'reads' ? 'every statement on it waits, SELECT too' : 'every write to it waits'
    return { message: `REINDEX builds ${name} anew, and until it ends ${who}.` }
  },

  replace() {
    return {
      cannot:
        'REINDEX in a plan (R-05) is not offered yet: run REINDEX … CONCURRENTLY by hand, outside of any transaction.',
    }
  },
})

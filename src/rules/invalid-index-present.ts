import { formatRelation } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { splitName } from '../postgres/type-name.ts'
import type { JudgedAction } from '../effects/walk.ts'
import { autocommit, defineFileRule, type TransactionDetection } from './define-rule.ts'
import { listed } from './listed.ts'

export default defineFileRule({
  id: 'invalid-index-present',
  severity: 'warning',

  docs: {
    what: 'A change of a table that has an INVALID index in the database.',
    why: 'A concurrent build that failed has left it, or one is at work right now. No query uses it, every write pays for it, and a build that wants its name fails or, with IF NOT EXISTS, takes it for the index.',
    instead:
      'If no build is running, DROP INDEX CONCURRENTLY and build it again, or REINDEX INDEX CONCURRENTLY; one whose name ends in _ccnew is only dropped. migrate repair lists what interrupted runs have left, and mends it.',
    reference: 'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Post";
      CREATE TABLE "Post"."Parcels" (id bigint PRIMARY KEY, grams integer, town text);
      CREATE INDEX parcels_grams ON "Post"."Parcels" (grams);
      CREATE INDEX parcels_town ON "Post"."Parcels" (town);
      CREATE TABLE "Post".towns (id bigint PRIMARY KEY, name text);
      INSERT INTO "Post"."Parcels" SELECT n, n, 'Bern' FROM generate_series(1, 300) AS n;`,
    live: {
      words: 'A build of `parcels_grams` has failed: it is INVALID.',
      sql: [`UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"Post".parcels_grams'::regclass`],
      server: {},
      invalidIndexes: ['parcels_grams'],
    },
    unsafe: [
      'ALTER TABLE "Post"."Parcels" ADD COLUMN sender text; ALTER TABLE "Post"."Parcels" ADD COLUMN weighed boolean;',
      autocommit('CREATE INDEX CONCURRENTLY IF NOT EXISTS parcels_grams ON "Post"."Parcels" (grams);'),
    ],
    safe: [
      'ALTER TABLE "Post".towns ADD COLUMN country text;',
      autocommit(
        'DROP INDEX CONCURRENTLY "Post".parcels_grams; CREATE INDEX CONCURRENTLY parcels_grams ON "Post"."Parcels" (grams);',
      ),
      autocommit('REINDEX INDEX CONCURRENTLY "Post".parcels_grams;'),
    ],
  },

  detect(actions) {
    const mended = new Set(actions.flatMap(mendedIndex))
    const told = new Set<string>()
    return actions.flatMap((judged, position): readonly TransactionDetection[] =>
      tablesOf(judged).flatMap((relation) => {
        if (told.has(relation)) return []
        told.add(relation)
        const invalid = invalidIndexes(relation, judged).filter((name) => !mended.has(name))
        if (invalid.length === 0) return []
        const names = listed(invalid.map(quoteIdentifier))
        const are = invalid.length === 1 ? 'index is' : 'indexes are'
        return [{ claims: [position], message: `${relation} is changed while its ${are} INVALID: ${names}.` }]
      }),
    )
  },
})

/** A build with IF NOT EXISTS finds the name taken, and locks nothing. */
function tablesOf({ action, catalog, effect }: JudgedAction): readonly string[] {
  const built = action.kind === 'create-index' ? [formatRelation(catalog.resolve(action.table))] : []
  return [...new Set([...built, ...effect.locks.map(({ relation }) => relation)])]
}

/** Of a partitioned table an index is INVALID until all partitions have theirs, which is no accident. */
function invalidIndexes(relation: string, { catalog }: JudgedAction): readonly string[] {
  const table = catalog.server === null ? 'unknown' : catalog.table(splitName(relation))
  if (typeof table !== 'object' || table.kind === 'partitioned-table') return []
  return table.indexes.filter(({ valid }) => !valid).map(({ name }) => name)
}

function mendedIndex({ action }: JudgedAction): readonly string[] {
  if (action.kind === 'drop-index') return [action.index.name]
  return action.kind === 'reindex' && action.target === 'index' ? [action.name.name] : []
}

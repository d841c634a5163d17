import { autocommit, defineRule } from './define-rule.ts'

/** `server_version_num` of 14.0 and of 14.4, which mended it. */
const [from, to] = [140_000, 140_004]

export default defineRule({
  id: 'concurrent-index-corruption-pg14',
  severity: 'error',
  on: ['create-index', 'reindex'],

  docs: {
    what: 'CREATE INDEX or REINDEX CONCURRENTLY on PostgreSQL 14.0 to 14.3.',
    why: 'Rows that are written while it runs may be missing in the index, without an error: queries do not find them, and a unique index lets them in twice.',
    instead:
      'Update the server to 14.4 or later first. What was built concurrently before is then REINDEXed; amcheck (bt_index_check with heapallindexed) finds out what is broken.',
    reference: 'https://www.postgresql.org/docs/release/14.4/',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Vault";
      CREATE TABLE "Vault"."Coins" (id bigint PRIMARY KEY, year integer);
      INSERT INTO "Vault"."Coins" SELECT n, n FROM generate_series(1, 300) AS n;`,
    live: {
      words: 'The server is 14.3.',
      sql: [],
      server: { versionNum: 140_003 },
      invalidIndexes: [],
    },
    unsafe: [
      autocommit('CREATE INDEX CONCURRENTLY coins_year ON "Vault"."Coins" (year);'),
      autocommit('REINDEX TABLE CONCURRENTLY "Vault"."Coins";'),
    ],
    safe: ['CREATE INDEX coins_year ON "Vault"."Coins" (year);'],
  },

  detect(action, { catalog }) {
    const version = catalog.server?.versionNum ?? null
    if (!action.concurrently || version === null || version < from || version >= to) return null
    const minor = `14.${String(version - from)}`
    return { message: `PostgreSQL ${minor} may leave rows out of an index that is built concurrently.` }
  },
})

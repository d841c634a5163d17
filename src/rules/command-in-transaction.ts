import { autocommit, defineRule } from './define-rule.ts'
import type { Action } from '../model/statement.ts'

export default defineRule({
  id: 'command-in-transaction',
  severity: 'error',
  on: ['other', 'alter-table', 'reindex'],

  docs: {
    what: 'VACUUM, ALTER SYSTEM, CREATE or DROP DATABASE and TABLESPACE, REINDEX SCHEMA or DATABASE, DETACH PARTITION CONCURRENTLY inside of a transaction.',
    why: 'PostgreSQL refuses it (25001), and the whole migration with it. Most runners wrap a file in a transaction, and several statements sent in one message are one too.',
    instead:
      'Put it in a file of its own that the runner sends without a transaction; most of it is no part of a schema, and better run beside the migrations.',
    reference: 'https://www.postgresql.org/docs/current/sql-vacuum.html',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Silo";
      CREATE TABLE "Silo"."Grain" (at date NOT NULL, tons integer) PARTITION BY RANGE (at);
      CREATE TABLE "Silo".grain_2025 PARTITION OF "Silo"."Grain" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');`,
    refused: '25001',
    unsafe: [
      'VACUUM "Silo".grain_2025;',
      'BEGIN; ALTER TABLE "Silo"."Grain" DETACH PARTITION "Silo".grain_2025 CONCURRENTLY; COMMIT;',
      'REINDEX SCHEMA "Silo";',
    ],
    safe: [
      autocommit('VACUUM "Silo".grain_2025;'),
      'ANALYZE "Silo".grain_2025;',
      'REINDEX TABLE "Silo".grain_2025;',
    ],
  },

  detect(action, { judged }) {
    const words = refusedWords(action)
    if (words === null || judged.transaction.kind === 'statement') return null
    const who =
      judged.transaction.kind === 'file'
        ? 'in which the runner wraps the file'
        : 'that the file itself has begun'
    return { message: `${words} cannot run inside of the transaction ${who}: it fails with 25001.` }
  },
})

const alone: readonly string[] = [
  'VACUUM',
  'ALTER SYSTEM',
  'CREATE DATABASE',
  'DROP DATABASE',
  'CREATE TABLESPACE',
  'DROP TABLESPACE',
]

/** PreventInTransactionBlock, as it is called in utility.c. Of index commands concurrent-in-transaction speaks. */
function refusedWords(action: Action): string | null {
  if (action.kind === 'other') return alone.includes(action.tag) ? action.tag : null
  if (action.kind === 'alter-table') {
    return action.subcommand === 'DETACH PARTITION CONCURRENTLY' ? action.subcommand : null
  }
  if (action.kind !== 'reindex' || action.concurrently) return null
  return action.target === 'table' || action.target === 'index'
    ? null
    : `REINDEX ${action.target.toUpperCase()}`
}

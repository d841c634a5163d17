import type { TransactionMode } from '../model/migration.ts'
import type { Statement } from '../model/statement.ts'

/** What a mode comes to for the statements of one file. */
export type SettledTransaction = 'file' | 'statement'

/**
 * Whether one transaction is around the file. Several statements in one message are one (PostgreSQL, "Multiple Statements
 * in a Simple Query").
 */
export function settledTransaction(
  mode: TransactionMode,
  statements: readonly Statement[],
): SettledTransaction {
  switch (mode) {
    case 'file':
    case 'statement':
      return mode
    case 'message':
      return statements.length > 1 ? 'file' : 'statement'
    case 'unless-refused':
      return statements.every(isRefusedInTransaction) ? 'statement' : 'file'
  }
}

function isRefusedInTransaction({ actions }: Statement): boolean {
  return actions.some(
    (action) =>
      ('concurrently' in action && action.concurrently) ||
      (action.kind === 'other' && refusedTags.has(action.tag)),
  )
}

/** Tags of commands that call PreventInTransactionBlock whatever their options are (PostgreSQL's tcop/utility.c). */
const refusedTags: ReadonlySet<string> = new Set([
  'ALTER SYSTEM',
  'CREATE DATABASE',
  'CREATE TABLESPACE',
  'DROP DATABASE',
  'DROP TABLESPACE',
  'VACUUM',
])

import { z } from 'zod'

export const migrationDirection = z.enum(['up', 'down'])

/**
 * Who opens the transaction. `file`: the runner wraps the whole file in one, the usual case and so the default.
 * `statement`: the runner sends each statement in autocommit. `message`: the runner sends the file as it is, in one message,
 * of which PostgreSQL makes one transaction where it holds several statements, and none around a single one.
 * `unless-refused`: one transaction, but a file of nothing but statements that PostgreSQL refuses in one (CREATE INDEX
 * CONCURRENTLY) is sent statement by statement.
 */
export const transactionMode = z.enum(['file', 'statement', 'message', 'unless-refused'])

/** One direction of one source file, as a layout reads it. */
export const migration = z.strictObject({
  version: z.string(),
  name: z.string(),
  direction: migrationDirection,
  /** Relative to the working folder, with forward slashes; what messages and plans show. */
  path: z.string(),
  layout: z.string(),
  text: z.string(),
  sha256: z.string(),
  transaction: transactionMode,
})

export type Migration = z.infer<typeof migration>
export type MigrationDirection = z.infer<typeof migrationDirection>
export type TransactionMode = z.infer<typeof transactionMode>

/**
 * A logical replication slot, and the snapshot of the instant from which it keeps changes: what the snapshot does not
 * show, the slot has. https://www.postgresql.org/docs/current/protocol-replication.html, CREATE_REPLICATION_SLOT.
 */
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { DatabaseError } from './database-error.ts'
import { openSimpleConnection } from './simple-connection.ts'

export interface ExportedSlot {
  /** For SET TRANSACTION SNAPSHOT, until it is released. */
  readonly snapshot: string
  /** LSN. */
  readonly consistentPoint: string
  /** Ends the connection that the snapshot lives on. The slot stays. */
  release(): Promise<void>
}

/**
 * Waits for every transaction of the whole cluster that has written something (measured on 15): the caller bounds that
 * with `timeoutMs`, after which nothing is left behind.
 */
export async function createExportedSlot(
  url: string,
  slot: string,
  timeoutMs: number,
): Promise<Result<ExportedSlot>> {
  const opened = await openSimpleConnection(url, {
    replication: 'database',
    application_name: 'lockstep bluegreen',
    statement_timeout: String(timeoutMs),
    idle_in_transaction_session_timeout: '0',
  })
  if (!opened.ok) return opened
  const connection = opened.value
  try {
    const [row] = await connection.run(
      `CREATE_REPLICATION_SLOT ${quoteIdentifier(slot)} LOGICAL pgoutput EXPORT_SNAPSHOT`,
    )
    return succeed({
      snapshot: row?.['snapshot_name'] ?? '',
      consistentPoint: row?.['consistent_point'] ?? '',
      release: () => connection.close(),
    })
  } catch (error) {
    await connection.close()
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    return fail(
      'slot-not-created',
      `The replication slot ${slot} could not be made: ${error.message}`,
      'It waits for every open transaction of the whole server that has written something: end those that are long, and start again.',
    )
  }
}

/** Publications, subscriptions and slots: made and removed so that doing it twice, or after a crash, comes to the same. */
import type { Session } from '../database/session.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { pause, serverError } from './pair.ts'

export interface PublishedTable {
  readonly table: string
  /** Null: all. */
  readonly columns: readonly string[] | null
}

export function publicationSql(
  name: string,
  tables: readonly PublishedTable[],
  options = 'publish_via_partition_root = true',
): string {
  const list = tables.map(({ table, columns }) =>
    columns === null ? table : `${table} (${columns.map(quoteIdentifier).join(', ')})`,
  )
  return `DROP PUBLICATION IF EXISTS ${quoteIdentifier(name)};
CREATE PUBLICATION ${quoteIdentifier(name)} FOR TABLE ${list.join(', ')} WITH (${options});`
}

export interface Subscribed {
  readonly subscription: string
  readonly publications: readonly string[]
  readonly url: string
  readonly enabled: boolean
  readonly disableOnError: boolean
}

/** With a slot of its own name that is there already, and without a copy. Not in a transaction. */
export async function subscribe(session: Session, wanted: Subscribed): Promise<void> {
  if (await hasSubscription(session, wanted.subscription)) return
  const publications = wanted.publications.map(quoteIdentifier).join(', ')
  const disable = session.serverVersionNum >= 150_000 ? `, disable_on_error = ${wanted.disableOnError}` : ''
  await session.execute(
    `CREATE SUBSCRIPTION ${quoteIdentifier(wanted.subscription)} CONNECTION ${quoteLiteral(wanted.url)}
     PUBLICATION ${publications} WITH (create_slot = false, slot_name = ${quoteLiteral(wanted.subscription)}, copy_data = false,
       enabled = ${wanted.enabled}, streaming = off${disable})`,
  )
}

export async function hasSubscription(session: Session, name: string): Promise<boolean> {
  const [row] = await session.query<{ there: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_subscription WHERE subname = $1 AND subdbid =
       (SELECT oid FROM pg_database WHERE datname = current_database())) AS there`,
    [name],
  )
  return row?.there ?? false
}

/** The subscription alone; its slot, which may be out of reach, stays. */
export async function unsubscribe(session: Session, name: string): Promise<void> {
  if (!(await hasSubscription(session, name))) return
  const quoted = quoteIdentifier(name)
  await session.execute(`ALTER SUBSCRIPTION ${quoted} DISABLE`)
  await session.execute(`ALTER SUBSCRIPTION ${quoted} SET (slot_name = NONE)`)
  await session.execute(`DROP SUBSCRIPTION ${quoted}`)
}

/** Waits a moment for whoever still reads from it, and ends a walsender that does not go. */
export async function dropSlot(session: Session, name: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const [slot] = await session.query<{ pid: number | null }>(
      'SELECT active_pid AS pid FROM pg_replication_slots WHERE slot_name = $1',
      [name],
    )
    if (slot === undefined) return
    if (slot.pid !== null && attempt % 10 === 0) {
      await session.query('SELECT pg_terminate_backend($1)', [slot.pid])
    }
    try {
      await session.query('SELECT pg_drop_replication_slot($1)', [name])
      return
    } catch (error) {
      // 55006: in use. 42704: somebody else was faster.
      const { sqlstate } = serverError(error)
      if (sqlstate === '42704') return
      if (sqlstate !== '55006' || attempt >= 100) throw error
    }
    await pause(100)
  }
}

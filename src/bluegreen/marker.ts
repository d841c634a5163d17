/** A row that blue changes and green shows: once it does, everything that blue committed before is there. */
import type { Session } from '../database/session.ts'
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { ourSchema } from './names.ts'
import { pause, type Pair } from './pair.ts'

/** `event_marker` goes the way of the events. */
export type MarkerTable = 'marker' | 'event_marker'

/** The new value of all of them, committed. */
export async function setMarkers(from: Session, tables: readonly MarkerTable[]): Promise<string> {
  const changes = tables.map(
    (table) =>
      `${table} AS (UPDATE ${ourSchema}.${table} SET v = (SELECT v FROM next) WHERE id = 1 RETURNING v)`,
  )
  const latest = tables.map((table) => `(SELECT v FROM ${ourSchema}.${table} WHERE id = 1)`)
  const [row] = await from.query<{ v: string }>(
    `WITH next AS (SELECT greatest(${latest.join(', ')}, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint) + 1 AS v),
          ${changes.join(', ')} SELECT v FROM next`,
  )
  return row?.v ?? '0'
}

/** Polls without rest at first, for a cut-over waits for it. Problem: `replication-late`. */
export async function awaitMarkers(
  to: Session,
  tables: readonly MarkerTable[],
  value: string,
  { now, deadline }: { readonly now: () => number; readonly deadline: number },
): Promise<Result<null>> {
  const began = now()
  const all = tables.map((table) => `(SELECT v >= $1::bigint FROM ${ourSchema}.${table} WHERE id = 1)`)
  for (;;) {
    const [row] = await to.query<{ there: boolean }>(`SELECT ${all.join(' AND ')} AS there`, [value])
    if (row?.there === true) return succeed(null)
    if (now() >= deadline) {
      return fail(
        'replication-late',
        `What was written on one side was not on the other after ${Math.round(now() - began)} ms.`,
        'migrate bluegreen status shows whether replication runs, and how far behind it is.',
      )
    }
    if (now() - began > 500) await pause(20)
  }
}

/** How long a change takes from one side to the other, in milliseconds. */
export async function roundTrip(
  pair: Pick<Pair, 'now'>,
  from: Session,
  to: Session,
  timeoutMs: number,
): Promise<Result<number>> {
  const began = pair.now()
  const value = await setMarkers(from, ['marker'])
  const come = await awaitMarkers(to, ['marker'], value, { now: pair.now, deadline: began + timeoutMs })
  return come.ok ? succeed(pair.now() - began) : come
}

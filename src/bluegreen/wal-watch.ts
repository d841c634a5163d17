/** Blue keeps its WAL for our slots for as long as green does not follow: watched, and given up before blue is harmed. */
import { setTimeout } from 'node:timers/promises'
import type { Session } from '../database/session.ts'
import type { Result } from '../model/problem.ts'
import { fail } from '../model/problem.ts'
import { replicationNames } from './names.ts'
import { say, type Pair } from './pair.ts'

export interface KeptWal {
  readonly bytes: number
  /** `lost`: the server has thrown away what the slot needs. */
  readonly lost: boolean
}

/** The most that a slot of ours keeps. */
export async function keptWal(blue: Session, run: string): Promise<KeptWal> {
  const names = replicationNames(run)
  const [row] = await blue.query<KeptWal>(
    `SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), restart_lsn)), 0)::float8 AS bytes,
            coalesce(bool_or(wal_status = 'lost'), false) AS lost
       FROM pg_replication_slots WHERE slot_name = ANY ($1::text[])`,
    [[names.forward, names.events]],
  )
  return row ?? { bytes: 0, lost: false }
}

const pollMs = 1000

/**
 * `work` of a session of green, watched: beyond `walLimitMb` it is cancelled and blue's slots are let go by `giveUp`.
 * Problem: `wal-limit`.
 */
export async function underWalLimit<T>(
  pair: Pair,
  work: () => Promise<Result<T>>,
  giveUp: () => Promise<void>,
): Promise<Result<T>> {
  const watcher = await pair.open('blue')
  const canceller = await pair.open('green')
  const ended = new AbortController()
  let exceeded: KeptWal | null = null
  const watching = (async () => {
    while (!ended.signal.aborted) {
      const kept = await keptWal(watcher, pair.file.name)
      if (kept.lost || kept.bytes > pair.file.walLimitMb * 1e6) {
        exceeded ??= kept
        await canceller.query('SELECT pg_cancel_backend($1)', [pair.green.pid])
      }
      await setTimeout(pollMs, null, { signal: ended.signal }).catch(() => null)
    }
  })()
  try {
    const done = await work()
    if (exceeded === null) return done
  } catch (error) {
    if (exceeded === null) throw error
  } finally {
    ended.abort()
    await watching
    await Promise.all([watcher.close(), canceller.close()])
  }
  say(pair, 'blue keeps more WAL than the limit: the run is given up')
  await giveUp()
  return fail(
    'wal-limit',
    `Blue kept more than ${pair.file.walLimitMb} MB of WAL for the run, which is given up; nothing of it is left on blue.`,
    'Raise walLimitMb if blue has the disk for it, or make the migrations of green faster, and start again.',
  )
}

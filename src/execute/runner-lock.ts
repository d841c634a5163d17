/**
 * One runner at a time on a database. The lock is an advisory lock of the control session, asked for by polling: a
 * waiting pg_advisory_lock() holds a snapshot, and a concurrent index build waits for that snapshot, so the two
 * deadlock. The lease row only says to others who holds it.
 */
import { hostname } from 'node:os'
import type { Session } from '../database/session.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import type { RunObserver } from '../model/run-event.ts'
import { journalExists } from './journal.ts'
import { pause } from './pause.ts'

/** The bytes of "lockstep" as a bigint: one lock a database, whatever the plan. */
const lockKey = '7813573191660758384'
const pollMs = 250
const heartbeatMs = 5_000

export interface RunnerLockOptions {
  readonly waitMaxMs: number
  readonly observer: RunObserver
  readonly now: () => number
  readonly signal: AbortSignal | null
}

export interface RunnerLock {
  /** Said of whoever begins a plan or passes a gate. */
  readonly owner: string
  release(): Promise<void>
}

export interface Lease {
  readonly plan: string
  readonly owner: string
  readonly host: string
  readonly pid: number
  readonly backend: number
  readonly takenAt: string
  readonly heartbeatAgeMs: number
}

/** Waits for another runner up to `waitMaxMs`, then fails with a problem that names it. */
export async function takeRunnerLock(control: Session, options: RunnerLockOptions): Promise<Result<string>> {
  const owner = await describeOwner(control)
  const deadline = options.now() + options.waitMaxMs
  let said = ''
  while (!(await tryLock(control))) {
    const holder = await describeHolder(control)
    if (holder !== said) options.observer({ kind: 'waiting-for-runner', owner: holder })
    said = holder
    if (options.now() >= deadline || options.signal?.aborted === true) {
      return fail(
        'runner-busy',
        `Another runner is at work on this database: ${holder}.`,
        'Wait until it ends, or end it; migrate status shows what it does.',
      )
    }
    await pause(pollMs, options.signal)
  }
  return succeed(owner)
}

/** Writes the lease and keeps its heartbeat. Call with the lock taken and the journal there. */
export async function holdLease(control: Session, plan: string, owner: string): Promise<RunnerLock> {
  await control.change(
    `INSERT INTO lockstep.lease (plan, owner, host, pid, backend) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (only_row) DO UPDATE SET plan = excluded.plan, owner = excluded.owner, host = excluded.host,
       pid = excluded.pid, backend = excluded.backend, taken_at = clock_timestamp(), heartbeat = clock_timestamp()`,
    [plan, owner, hostname(), process.pid, control.pid],
  )
  const timer = setInterval(() => {
    // A lost connection shows itself at the next thing that the run asks of it.
    control.change('UPDATE lockstep.lease SET heartbeat = clock_timestamp()').catch(() => undefined)
  }, heartbeatMs)
  timer.unref()
  return {
    owner,
    release: async () => {
      clearInterval(timer)
      if (control.closed) return
      await control.change('DELETE FROM lockstep.lease WHERE backend = $1', [control.pid])
    },
  }
}

/** Whose lease is written, whether or not it still runs. */
export async function readLease(session: Session): Promise<Lease | null> {
  const [lease] = await session.query<Lease>(
    `SELECT plan, owner, host, pid, backend, taken_at AS "takenAt",
            (extract(epoch FROM clock_timestamp() - heartbeat) * 1000)::float8 AS "heartbeatAgeMs"
       FROM lockstep.lease`,
  )
  return lease ?? null
}

/** The backend that holds the lock now. */
export async function readLockHolder(session: Session): Promise<{
  readonly pid: number
  readonly application: string | null
  readonly user: string | null
} | null> {
  // A bigint key is shown as its two halves, with objsubid 1.
  const [holder] = await session.query<{ pid: number; application: string | null; user: string | null }>(
    `SELECT l.pid, a.application_name AS application, a.usename::text AS "user"
       FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND (l.classid::bigint << 32) | l.objid::bigint = $1::bigint
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [lockKey],
  )
  return holder ?? null
}

async function tryLock(control: Session): Promise<boolean> {
  const [row] = await control.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1::bigint) AS taken', [
    lockKey,
  ])
  return row?.taken ?? false
}

async function describeOwner(control: Session): Promise<string> {
  const [row] = await control.query<{ user: string }>('SELECT current_user::text AS "user"')
  return `${row?.user ?? 'somebody'} at ${hostname()}, process ${process.pid}`
}

async function describeHolder(control: Session): Promise<string> {
  const holder = await readLockHolder(control)
  const lease = (await journalExists(control)) ? await readLease(control) : null
  if (lease !== null && lease.backend === holder?.pid) return `${lease.owner}, with plan ${lease.plan}`
  if (holder === null) return 'one that is just ending'
  return `backend ${holder.pid} of ${holder.user ?? 'a role'} (${holder.application ?? 'no application name'})`
}

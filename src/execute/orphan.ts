/**
 * Backends that a runner left behind when it was killed. Whoever holds the runner's lock may take any other working
 * session of the same plan for one: its owner has lost the lock, and with it the right to go on. Control sessions are
 * let be: one of them may be another runner's that waits for its turn.
 */
import type { Session } from '../database/session.ts'
import type { Blocker } from '../model/outcome.ts'
import type { Step } from '../model/plan.ts'
import { sessionName } from './session-name.ts'
import { isStopped, type RunContext } from './context.ts'
import { pause } from './pause.ts'
import { readProgress } from './run-watched.ts'

const pollMs = 100
const goneWithinMs = 20_000

interface Orphan {
  readonly pid: number
  readonly isBuilding: boolean
}

/** Ends what idles or holds locks; leaves a concurrent build alone, whose work is worth having (`settleBuild`). */
export async function endOrphans(context: RunContext): Promise<void> {
  const deadline = context.now() + goneWithinMs
  for (;;) {
    const orphans = (await readOrphans(context)).filter(({ isBuilding }) => !isBuilding)
    if (orphans.length === 0 || context.now() > deadline) return
    for (const { pid } of orphans) await endBackend(context.control, pid)
    await pause(pollMs, context.signal)
  }
}

/** The backend that still builds or drops this index, ours or anybody's; null: nobody does. */
export async function builderOf(
  step: { readonly index: string; readonly sql: string },
  { control, work }: Pick<RunContext, 'control' | 'work'>,
): Promise<number | null> {
  const [row] = await control.query<{ pid: number }>(
    `SELECT a.pid FROM pg_stat_activity a LEFT JOIN pg_stat_progress_create_index p USING (pid)
      WHERE a.datname = current_database() AND a.pid NOT IN ($3::int, $4::int) AND a.state = 'active'
        AND (p.index_relid = to_regclass($1) OR a.query = left($2, pg_size_bytes(current_setting('track_activity_query_size'))::int - 1))`,
    [step.index, step.sql, control.pid, work.pid],
  )
  return row?.pid ?? null
}

/**
 * Waits for a build that goes on. One that has not moved for `orphanPatienceMs` is ended if it is our own; a stranger's
 * is waited for up to `lockWaitMaxMs`. Gives the backend that is still at it, or null.
 */
export async function settleBuild(
  step: Step & { readonly index: string; readonly sql: string },
  context: RunContext,
): Promise<number | null> {
  const started = context.now()
  let moved = { at: started, key: '' }
  for (;;) {
    const pid = await builderOf(step, context)
    if (pid === null || isStopped(context)) return pid
    const progress = await readProgress(context.control, pid)
    const key = progress?.key ?? ''
    if (key !== moved.key) {
      moved = { at: context.now(), key }
      const what = `the build that backend ${pid} is still at${progress === null ? '' : `: ${progress.what}`}`
      const { done, total, unit } = progress ?? { done: 0, total: null, unit: 'blocks' }
      context.observer({ kind: 'progress', step: step.id, what, done, total, unit })
    }
    if (context.now() - moved.at > context.orphanPatienceMs && (await isOurs(pid, context))) {
      await endBackend(context.control, pid)
      context.observer({
        kind: 'cleaned-up',
        step: step.id,
        what: `backend ${pid}, left by a runner that is gone`,
      })
    } else if (context.now() - started > context.lockWaitMaxMs) {
      return pid
    }
    await pause(pollMs, context.signal)
  }
}

/** Who a backend is, for a report. */
export async function describeBackend(control: Session, pid: number): Promise<readonly Blocker[]> {
  return await control.query<Blocker>(
    `SELECT pid, usename::text AS "user", application_name AS application, state,
            (extract(epoch FROM clock_timestamp() - xact_start) * 1000)::float8 AS "transactionAgeMs", left(query, 200) AS query
       FROM pg_stat_activity WHERE pid = $1`,
    [pid],
  )
}

async function isOurs(pid: number, context: RunContext): Promise<boolean> {
  return (await readOrphans(context)).some((orphan) => orphan.pid === pid)
}

async function readOrphans({ control, work, plan }: RunContext): Promise<readonly Orphan[]> {
  return await control.query<Orphan>(
    `SELECT a.pid, p.pid IS NOT NULL OR a.query ILIKE 'DROP INDEX CONCURRENTLY%' AS "isBuilding"
       FROM pg_stat_activity a LEFT JOIN pg_stat_progress_create_index p USING (pid)
      WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.usename = current_user
        AND a.application_name = $1 AND a.pid NOT IN ($2::int, $3::int)`,
    [sessionName(plan.id), control.pid, work.pid],
  )
}

async function endBackend(control: Session, pid: number): Promise<void> {
  await control.query('SELECT pg_terminate_backend($1)', [pid])
}

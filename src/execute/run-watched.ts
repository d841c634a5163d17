/** Long statements, watched from the control session: who holds them up, how far they are, and an end on request. */
import { blockedBy } from '../database/blockers.ts'
import type { Session } from '../database/session.ts'
import type { Blocker } from '../model/outcome.ts'
import type { Step } from '../model/plan.ts'
import { isStopped, type RunContext } from './context.ts'
import { toBlocker } from './lock-acquisition.ts'
import { watching } from './pause.ts'
import { terminateBlockers } from './terminate-blockers.ts'

const watchMs = 250

/** One statement, alone in its message. Rejects with the server's error; with 57014 when the run was told to stop. */
export async function runWatched(
  step: Step,
  context: RunContext,
  sql: string,
  onBlocked: (blockers: readonly Blocker[]) => void = () => undefined,
): Promise<void> {
  const { work, control } = context
  const state = { blocked: '', progress: '' }
  await watching(work.execute(sql), watchMs, async () => {
    if (isStopped(context)) await control.query('SELECT pg_cancel_backend($1)', [work.pid])
    const blockers = (await blockedBy(control, work.pid)).map(toBlocker)
    const pids = blockers.map(({ pid }) => pid).join()
    if (pids !== '') {
      context.account.add('queueingMs', watchMs)
      await terminateBlockers(step, blockers, context)
    }
    if (pids !== '' && pids !== state.blocked) {
      onBlocked(blockers)
      context.observer({ kind: 'waiting-for-lock', step: step.id, blockers })
    }
    state.blocked = pids
    const progress = await readProgress(control, work.pid)
    if (progress === null || progress.key === state.progress) return
    state.progress = progress.key
    const { what, done, total, unit } = progress
    context.observer({ kind: 'progress', step: step.id, what, done, total, unit })
  })
}

export interface BuildProgress {
  readonly what: string
  readonly done: number
  readonly total: number | null
  readonly unit: string
  /** Changes whenever anything does. */
  readonly key: string
}

/** Of the index build in a backend: https://www.postgresql.org/docs/current/progress-reporting.html */
export async function readProgress(session: Session, pid: number): Promise<BuildProgress | null> {
  const [row] = await session.query<{
    phase: string
    blocks: number
    blocksTotal: number
    rows: number
    rowsTotal: number
    lockers: number
    lockersTotal: number
  }>(
    `SELECT phase, blocks_done::float8 AS blocks, blocks_total::float8 AS "blocksTotal", tuples_done::float8 AS rows,
            tuples_total::float8 AS "rowsTotal", lockers_done::float8 AS lockers, lockers_total::float8 AS "lockersTotal"
       FROM pg_stat_progress_create_index WHERE pid = $1`,
    [pid],
  )
  if (row === undefined) return null
  const key = Object.values(row).join(' ')
  const said = (done: number, total: number, unit: string): BuildProgress => ({
    what: row.phase,
    done,
    total: total === 0 ? null : total,
    unit,
    key,
  })
  if (row.phase.startsWith('waiting')) return said(row.lockers, row.lockersTotal, 'transactions')
  return row.blocksTotal > 0 || row.rowsTotal === 0
    ? said(row.blocks, row.blocksTotal, 'blocks')
    : said(row.rows, row.rowsTotal, 'rows')
}

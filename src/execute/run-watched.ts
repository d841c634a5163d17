/** Long statements, watched from the control session: who holds them up, how far they are, and an end on request. */
import { blockedBy } from '../database/blockers.ts'
import type { Session } from '../database/session.ts'
import type { Blocker } from '../model/outcome.ts'
import type { Step } from '../model/plan.ts'
import { isStopped, type RunContext } from './context.ts'
import { toBlocker } from './lock-acquisition.ts'
import { watching } from './pause.ts'

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
    counts: number[]
  }>(
    `SELECT phase, ARRAY[blocks_done, blocks_total, tuples_done, tuples_total, lockers_done, lockers_total]::float8[] AS counts
       FROM pg_stat_progress_create_index WHERE pid = $1`,
    [pid],
  )
  if (row === undefined) return null
  const [blocks = 0, blocksTotal = 0, tuples = 0, tuplesTotal = 0, lockers = 0, lockersTotal = 0] =
    row.counts.map(Number)
  const key = `${row.phase} ${row.counts.join()}`
  const said = (done: number, total: number, unit: string): BuildProgress => ({
    what: row.phase,
    done,
    total: total === 0 ? null : total,
    unit,
    key,
  })
  if (row.phase.startsWith('waiting')) return said(lockers, lockersTotal, 'transactions')
  return blocksTotal > 0 || tuplesTotal === 0
    ? said(blocks, blocksTotal, 'blocks')
    : said(tuples, tuplesTotal, 'rows')
}

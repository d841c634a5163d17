import { renameSync, writeFileSync } from 'node:fs'
import type { Plan } from '../model/plan.ts'
import { succeed, type Result } from '../model/problem.ts'
import type { RunObserver } from '../model/run-event.ts'
import { metricsAfter, metricsText, openMetrics } from '../report/run-metrics.ts'
import { failure } from './failure.ts'

/** Progress is written at most this often; what ends something, at once. */
const quietMs = 1_000

/**
 * Keeps a file of metrics as a run goes on. It is replaced as a whole, so that a reader never meets half of it. Problem:
 * the file cannot be written at all, told before the run begins; a disk that fills up later does not stop a run.
 */
export function metricsFile(path: string, plan: Plan, wallClock: () => number): Result<RunObserver> {
  let metrics = openMetrics(plan, wallClock())
  let writtenMs = 0
  const write = (): void => {
    writeFileSync(`${path}.new`, metricsText(metrics))
    renameSync(`${path}.new`, path)
    writtenMs = metrics.updatedMs
  }
  try {
    write()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return failure(
      'metrics-file',
      `The metrics cannot be written: ${why}`,
      'Name a file in a folder of yours.',
    )
  }
  return succeed((event) => {
    metrics = metricsAfter(metrics, event, wallClock())
    if (event.kind === 'progress' && metrics.updatedMs - writtenMs < quietMs) return
    try {
      write()
    } catch {
      // Figures that are missing are noticed by whoever reads them.
    }
  })
}

import type { RunEvent, RunObserver } from '../model/run-event.ts'
import { progressLine } from '../report/progress-line.ts'
import type { Terminal } from './terminal.ts'

/** Progress lines of the same step come at most this often; who waits and what failed is said at once. */
const quietMs = 500

/** A run's events as lines on stderr. */
export function progressObserver(terminal: Terminal, now: () => number): RunObserver {
  let last = 0
  return (event: RunEvent) => {
    if (event.kind === 'progress') {
      if (now() - last < quietMs) return
      last = now()
    }
    const line = progressLine(event)
    if (line !== null) terminal.err(`${line}\n`)
  }
}

/** Ctrl-C and a polite kill: the run stops between two steps or batches, and a second signal ends it at once. */
export function abortOnSignal(terminal: Terminal): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      terminal.err(`${signal}: stopping after the step or batch under way\n`)
      controller.abort(signal)
      process.once(signal, () => process.exit(130))
    })
  }
  return controller.signal
}

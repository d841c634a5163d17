import type { RunLog } from './run-log.ts'

/** Ctrl-C and a polite kill: the run stops between two steps or batches, and a second signal ends it at once. */
export function abortOnSignal(log: RunLog): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      log.stopping(signal)
      controller.abort(signal)
      process.once(signal, () => process.exit(130))
    })
  }
  return controller.signal
}

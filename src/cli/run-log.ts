import type { Problem } from '../model/problem.ts'
import type { RunLogLine } from '../model/run-log.ts'
import type { RunObserver } from '../model/run-event.ts'
import { problemsReport } from '../report/problems.ts'
import { progressLine } from '../report/progress-line.ts'
import type { Terminal } from './terminal.ts'

export type LogFormat = 'pretty' | 'json'

/** What a run says on stderr while it goes: for a person, or one JSON value a line. */
export interface RunLog {
  readonly observer: RunObserver
  problems(problems: readonly Problem[]): void
  /** Somebody asked it to stop. */
  stopping(signal: string): void
}

/** Progress lines of the same step come at most this often; who waits and what failed is said at once. */
const quietMs = 500

export function openRunLog(
  format: LogFormat,
  plan: string,
  terminal: Terminal,
  clocks: { readonly now: () => number; readonly wallClock: () => number },
): RunLog {
  return format === 'json' ? jsonLog(plan, terminal, clocks.wallClock) : prettyLog(terminal, clocks.now)
}

function prettyLog(terminal: Terminal, now: () => number): RunLog {
  let last = 0
  return {
    observer: (event) => {
      if (event.kind === 'progress') {
        if (now() - last < quietMs) return
        last = now()
      }
      const line = progressLine(event)
      if (line !== null) terminal.err(`${line}\n`)
    },
    problems: (problems) => terminal.err(problemsReport(problems, terminal.errColored)),
    stopping: (signal) => terminal.err(`${signal}: stopping after the step or batch under way\n`),
  }
}

function jsonLog(plan: string, terminal: Terminal, wallClock: () => number): RunLog {
  const say = (what: Pick<Extract<RunLogLine, { event: unknown }>, 'event'> | { problem: Problem }): void => {
    const line: RunLogLine = { time: new Date(wallClock()).toISOString(), plan, ...what }
    terminal.err(`${JSON.stringify(line)}\n`)
  }
  return {
    observer: (event) => say({ event }),
    problems: (problems) => {
      for (const problem of problems) say({ problem })
    },
    stopping: (signal) =>
      say({ event: { kind: 'warning', message: `${signal}: stopping after the step or batch under way` } }),
  }
}

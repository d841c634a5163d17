import { startRun } from '../bluegreen/start.ts'
import { historyMigrations } from './bluegreen-file.ts'
import { runBluegreen, type BluegreenOptions } from './bluegreen-pair.ts'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

export function bluegreenStart(
  path: string,
  options: BluegreenOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  return runBluegreen(path, options, terminal, {
    work: async (pair) => {
      const history = await historyMigrations(pair.file)
      return history.ok ? startRun(pair, history.value) : history
    },
    report: ({ state, tables }) =>
      tables === 0
        ? `The copy is made already: the run is ${state}.\n`
        : `${tables} tables copied. Blue keeps every change from that instant on.\n`,
  })
}

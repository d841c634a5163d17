import { finishRun } from '../bluegreen/end-run.ts'
import { runBluegreen, type BluegreenOptions } from './bluegreen-pair.ts'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

export function bluegreenFinish(
  path: string,
  options: BluegreenOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  return runBluegreen(path, options, terminal, {
    work: finishRun,
    report: ({ writes }) =>
      writes === null
        ? 'There is no run.\n'
        : `Finished: ${writes} is the database, and nothing of lockstep is left on either side. No fence keeps writes from the other one any more.\n`,
  })
}

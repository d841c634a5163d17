import { cutOver } from '../bluegreen/cutover.ts'
import { bluegreenCutoverReport } from '../report/bluegreen-cutover-report.ts'
import { runBluegreen, type BluegreenOptions } from './bluegreen-pair.ts'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

interface CutoverOptions extends BluegreenOptions {
  readonly unverified?: boolean
}

export function bluegreenCutover(
  path: string,
  options: CutoverOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  return runBluegreen(path, options, terminal, {
    work: (pair) => cutOver(pair, { unverified: options.unverified ?? false }),
    report: bluegreenCutoverReport,
  })
}

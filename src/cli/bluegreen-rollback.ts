import { rollBack } from '../bluegreen/rollback-run.ts'
import { bluegreenCutoverReport } from '../report/bluegreen-cutover-report.ts'
import { runBluegreen, type BluegreenOptions } from './bluegreen-pair.ts'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

export function bluegreenRollback(
  path: string,
  options: BluegreenOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  return runBluegreen(path, options, terminal, { work: rollBack, report: bluegreenCutoverReport })
}

import { verifyRun } from '../bluegreen/verify-run.ts'
import { bluegreenVerification } from '../report/bluegreen-verification.ts'
import { runBluegreen, type BluegreenOptions } from './bluegreen-pair.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

export function bluegreenVerify(
  path: string,
  options: BluegreenOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  return runBluegreen(path, options, terminal, {
    work: verifyRun,
    report: bluegreenVerification,
    endsIn: ({ clean }) => (clean ? exitCode.done : exitCode.findings),
  })
}

import { readBluegreenStatus } from '../bluegreen/status-run.ts'
import { bluegreenStatusPretty } from '../report/bluegreen-status.ts'
import { runBluegreen, type BluegreenOptions } from './bluegreen-pair.ts'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

export function bluegreenStatus(
  path: string,
  options: BluegreenOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  return runBluegreen(path, options, terminal, { work: readBluegreenStatus, report: bluegreenStatusPretty })
}

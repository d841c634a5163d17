import { attachGreen } from '../bluegreen/attach.ts'
import { runBluegreen, type BluegreenOptions } from './bluegreen-pair.ts'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

export function bluegreenAttach(
  path: string,
  options: BluegreenOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  return runBluegreen(path, options, terminal, {
    work: attachGreen,
    report: ({ corrected }) =>
      `Green follows blue. ${corrected} rows of green were made as the file says they are.\n`,
  })
}

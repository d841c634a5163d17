import { abortOnBlue, abortRun } from '../bluegreen/end-run.ts'
import { readBluegreenFile } from './bluegreen-file.ts'
import { pairOptions, refused, runBluegreen, type BluegreenOptions } from './bluegreen-pair.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

interface AbortOptions extends BluegreenOptions {
  readonly withoutGreen?: boolean
}

export function bluegreenAbort(path: string, options: AbortOptions, terminal: Terminal): Promise<ExitCode> {
  if (options.withoutGreen === true) return onBlue(path, options, terminal)
  return runBluegreen(path, options, terminal, {
    work: abortRun,
    report: () => 'Aborted: nothing of lockstep is left on either side. Green keeps its tables.\n',
  })
}

async function onBlue(path: string, options: AbortOptions, terminal: Terminal): Promise<ExitCode> {
  const file = await readBluegreenFile(path)
  if (!file.ok) return refused(file.problems, terminal)
  const pair = pairOptions(file.value, { ...options, greenUrl: '' }, terminal)
  if (!pair.ok) return refused(pair.problems, terminal)
  const done = await abortOnBlue(pair.value)
  if (!done.ok) return refused(done.problems, terminal)
  terminal.out('Aborted: nothing of lockstep is left on blue.\n')
  return exitCode.done
}

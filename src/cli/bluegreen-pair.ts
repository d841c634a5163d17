/** What the commands of blue-green share: both databases, the file, what is told on the way, and how they end. */
import type { Pair, PairOptions } from '../bluegreen/pair.ts'
import { withPair } from '../bluegreen/pair.ts'
import type { BluegreenEvent } from '../model/bluegreen-run.ts'
import type { BluegreenFile } from '../model/bluegreen.ts'
import type { Problem, Result } from '../model/problem.ts'
import { duration } from '../report/duration.ts'
import { problemsReport } from '../report/problems.ts'
import { readBluegreenFile } from './bluegreen-file.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { failure } from './failure.ts'
import type { Terminal } from './terminal.ts'

export interface BluegreenOptions {
  readonly blueUrl?: string
  readonly greenUrl?: string
  readonly blueUrlFromGreen?: string
  readonly greenUrlFromBlue?: string
  readonly format: 'pretty' | 'json'
}

export interface BluegreenCommand<T> {
  /** With both sides connected, and nobody else at work. */
  readonly work: (pair: Pair) => Promise<Result<T>>
  readonly report: (value: T, colored: boolean) => string
  /** Default: done. */
  readonly endsIn?: (value: T) => ExitCode
}

export async function runBluegreen<T>(
  path: string,
  options: BluegreenOptions,
  terminal: Terminal,
  { work, report, endsIn }: BluegreenCommand<T>,
): Promise<ExitCode> {
  const file = await readBluegreenFile(path)
  if (!file.ok) return refused(file.problems, terminal)
  const pair = pairOptions(file.value, options, terminal)
  if (!pair.ok) return refused(pair.problems, terminal)
  const done = await withPair(pair.value, work)
  if (!done.ok) return refused(done.problems, terminal)
  terminal.out(
    options.format === 'json'
      ? `${JSON.stringify(done.value, null, 2)}\n`
      : report(done.value, terminal.outColored),
  )
  return endsIn?.(done.value) ?? exitCode.done
}

export function pairOptions(
  file: BluegreenFile,
  { blueUrl, greenUrl, blueUrlFromGreen, greenUrlFromBlue }: BluegreenOptions,
  terminal: Terminal,
): Result<PairOptions> {
  if (blueUrl === undefined || greenUrl === undefined) {
    return failure(
      'no-database',
      'Two databases are needed',
      'Give --blue-url and --green-url, or set LOCKSTEP_BLUE_URL and LOCKSTEP_GREEN_URL.',
    )
  }
  return {
    ok: true,
    value: {
      file,
      blueUrl,
      greenUrl,
      ...(blueUrlFromGreen === undefined ? {} : { blueUrlFromGreen }),
      ...(greenUrlFromBlue === undefined ? {} : { greenUrlFromBlue }),
      observer: observer(terminal),
      now: () => performance.now(),
      random: Math.random,
    },
  }
}

function observer(terminal: Terminal): (event: BluegreenEvent) => void {
  return (event) => {
    switch (event.kind) {
      case 'said':
        terminal.err(`${event.text}\n`)
        return
      case 'step':
        if (event.at === 'after') terminal.err(`${event.name} (${duration(event.ms ?? 0)})\n`)
    }
  }
}

/** Misuse, and servers that are not there; everything else is a refusal of a sound command. */
const misuse: ReadonlySet<string> = new Set(['no-database', 'name-malformed', 'same-database'])

export function refused(problems: readonly Problem[], terminal: Terminal): ExitCode {
  terminal.err(problemsReport(problems, terminal.errColored))
  const isMisuse = problems.some(
    ({ code }) =>
      misuse.has(code) ||
      code.startsWith('bluegreen-file') ||
      code.startsWith('connection') ||
      code.startsWith('database-url'),
  )
  return isMisuse ? exitCode.trouble : exitCode.findings
}

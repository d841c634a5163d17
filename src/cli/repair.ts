import { listDebris, repairDatabase } from '../execute/repair.ts'
import type { RepairReport } from '../model/repair.ts'
import { repairPretty } from '../report/repair-pretty.ts'
import { abortOnSignal } from './abort-on-signal.ts'
import { trouble } from './apply.ts'
import { databaseUrl } from './database-url.ts'
import { exitCode, exitCodeOf, type ExitCode } from './exit-code.ts'
import { failure } from './failure.ts'
import { openRunLog, type LogFormat } from './run-log.ts'
import type { Terminal } from './terminal.ts'

interface RepairCommandOptions {
  readonly format: 'pretty' | 'json'
  readonly databaseUrl?: string
  readonly all?: boolean
  readonly logFormat: LogFormat
  /** Seconds. */
  readonly maxWait?: number
  /** Milliseconds. */
  readonly terminateBlockers?: number
}

/** Without a name and without --all it only tells. Exit 1: something is left that somebody must see to. */
export async function repair(
  objects: readonly string[],
  options: RepairCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (options.all === true && objects.length > 0) {
    const { problems } = failure(
      'names-and-all',
      'Names and --all exclude each other',
      'Leave one of them out.',
    )
    return trouble(problems, terminal)
  }
  const url = databaseUrl(options.databaseUrl, process.env)
  if (!url.ok) return trouble(url.problems, terminal)
  const wanted = options.all === true ? 'all' : objects
  const report =
    wanted !== 'all' && wanted.length === 0
      ? await listDebris(url.value)
      : await mend(url.value, wanted, options, terminal)
  if (!report.ok) {
    trouble(report.problems, terminal)
    return exitCodeOf(report.problems)
  }
  terminal.out(
    options.format === 'json'
      ? `${JSON.stringify(report.value, null, 2)}\n`
      : repairPretty(report.value, terminal.outColored),
  )
  return report.value.debris.every(isMended) ? exitCode.done : exitCode.findings
}

async function mend(
  url: string,
  objects: 'all' | readonly string[],
  options: RepairCommandOptions,
  terminal: Terminal,
): ReturnType<typeof repairDatabase> {
  const now = (): number => performance.now()
  const log = openRunLog(options.logFormat, 'repair', terminal, { now, wallClock: Date.now })
  return repairDatabase(url, {
    objects,
    observer: log.observer,
    random: Math.random,
    now,
    signal: abortOnSignal(log),
    ...(options.maxWait === undefined ? {} : { lockWaitMaxMs: options.maxWait * 1000 }),
    ...(options.terminateBlockers === undefined
      ? {}
      : { terminateBlockersOlderThanMs: options.terminateBlockers }),
  })
}

function isMended({ outcome }: RepairReport['debris'][number]): boolean {
  return outcome?.status === 'applied' || outcome?.status === 'already-applied'
}

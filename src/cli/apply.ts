import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { applyPlan, type ApplyOptions } from '../execute/apply.ts'
import type { PacingLimits } from '../execute/pacing.ts'
import type { RunReport } from '../model/outcome.ts'
import type { PhaseName, Plan } from '../model/plan.ts'
import { succeed, type Result } from '../model/problem.ts'
import type { RunObserver } from '../model/run-event.ts'
import { readPlan } from '../plan/plan-file.ts'
import { problemsReport } from '../report/problems.ts'
import { runPretty, type RunSetting } from '../report/run-pretty.ts'
import { abortOnSignal } from './abort-on-signal.ts'
import { databaseUrl } from './database-url.ts'
import { exitCode, exitCodeOf, type ExitCode } from './exit-code.ts'
import { failure } from './failure.ts'
import { loadConfig } from './load-config.ts'
import { readPlanText } from './plan-source.ts'
import { metricsFile } from './metrics-file.ts'
import { openRunLog, type LogFormat, type RunLog } from './run-log.ts'
import type { Terminal } from './terminal.ts'

export interface RunCommandOptions {
  readonly format: 'pretty' | 'json'
  readonly databaseUrl?: string
  readonly config?: string
  /** Seconds. */
  readonly maxWait?: number
  /** Milliseconds. */
  readonly terminateBlockers?: number
  readonly logFormat: LogFormat
  readonly metricsFile?: string
}

interface ApplyCommandOptions extends RunCommandOptions {
  readonly phase?: PhaseName
  readonly confirm?: readonly string[]
  readonly throughGates?: boolean
  readonly unproved?: boolean
  readonly supersede?: boolean
  /** Seconds, megabytes a second, rows, SQL, milliseconds. */
  readonly maxReplicaLag?: number
  readonly maxWalRate?: number
  readonly maxDeadRows?: number
  readonly probe?: string
  readonly maxProbe?: number
}

/** How long the probe may take where nobody has said. */
const probeMaxMs = 100

export async function apply(
  path: string,
  options: ApplyCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const read = readPlanAt(path)
  if (!read.ok) return trouble(read.problems, terminal)
  if (read.value.proof === null && options.unproved !== true) {
    const { problems } = failure(
      'plan-unproved',
      `No shadow has proved plan ${read.value.id}`,
      `Prove it (migrate prove ${path} --record), or say --unproved.`,
    )
    terminal.err(problemsReport(problems, terminal.errColored))
    return exitCode.findings
  }
  if (options.maxProbe !== undefined && options.probe === undefined) {
    const { problems } = failure('probe-missing', '--max-probe needs a query', 'Say which with --probe.')
    return trouble(problems, terminal)
  }
  const run = (url: string, common: CommonOptions) =>
    applyPlan(read.value, url, {
      ...common,
      through: through(options),
      supersede: options.supersede ?? false,
      changedSources: changedSources(read.value),
      pacing: pacingOf(options),
    })
  return runPlan({ plan: read.value, path, run, report: runPretty }, options, terminal)
}

function pacingOf(options: ApplyCommandOptions): PacingLimits {
  const { maxReplicaLag, maxWalRate, maxDeadRows, probe, maxProbe } = options
  return {
    ...(maxReplicaLag === undefined ? {} : { replicaLagMaxMs: maxReplicaLag * 1000 }),
    ...(maxWalRate === undefined ? {} : { walRateMax: maxWalRate * 1e6 }),
    ...(maxDeadRows === undefined ? {} : { deadRowsMax: maxDeadRows }),
    ...(probe === undefined ? {} : { probe: { sql: probe, maxMs: maxProbe ?? probeMaxMs } }),
  }
}

function through(options: ApplyCommandOptions): ApplyOptions['through'] {
  if (options.throughGates === true) return 'all-gates'
  if (options.phase !== undefined) return { phase: options.phase }
  if (options.confirm !== undefined) return { confirm: [...options.confirm] }
  return 'first-gate'
}

/** Source files that are here and differ from what the plan was made of. One that is not here says nothing. */
function changedSources(plan: Plan): readonly string[] {
  return plan.sources
    .filter(({ path }) => existsSync(path))
    .filter(({ path, sha256 }) => createHash('sha256').update(readFileSync(path)).digest('hex') !== sha256)
    .map(({ path }) => path)
}

export type CommonOptions = Pick<
  ApplyOptions,
  | 'observer'
  | 'random'
  | 'now'
  | 'stallBudgetMs'
  | 'lockWaitMaxMs'
  | 'terminateBlockersOlderThanMs'
  | 'signal'
>

export interface RunCommand {
  readonly plan: Plan
  readonly path: string
  readonly run: (url: string, common: CommonOptions) => Promise<Result<RunReport>>
  readonly report: (report: RunReport, setting: RunSetting, colored: boolean) => string
}

/** What apply and rollback share: where to run, what may interrupt, what to print, how to end. */
export async function runPlan(
  { plan, path, run, report }: RunCommand,
  options: RunCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const now = (): number => performance.now()
  const log = openRunLog(options.logFormat, plan.id, terminal, { now, wallClock: Date.now })
  const ready = await readyToRun(plan, options, log)
  if (!ready.ok) {
    log.problems(ready.problems)
    return exitCode.trouble
  }
  const { url, stallBudgetMs, observer } = ready.value
  const signal = abortOnSignal(log)
  const ended = await run(url, {
    observer,
    random: Math.random,
    now,
    stallBudgetMs,
    ...(options.maxWait === undefined ? {} : { lockWaitMaxMs: options.maxWait * 1000 }),
    ...(options.terminateBlockers === undefined
      ? {}
      : { terminateBlockersOlderThanMs: options.terminateBlockers }),
    signal,
  })
  if (!ended.ok) {
    log.problems(ended.problems)
    return exitCodeOf(ended.problems)
  }
  const setting = { plan, path, interrupted: signal.aborted }
  terminal.out(
    options.format === 'json'
      ? `${JSON.stringify(ended.value, null, 2)}\n`
      : report(ended.value, setting, terminal.outColored),
  )
  return ended.value.status === 'failed' ? exitCode.findings : exitCode.done
}

interface Ready {
  readonly url: string
  readonly stallBudgetMs: number
  readonly observer: RunObserver
}

async function readyToRun(plan: Plan, options: RunCommandOptions, log: RunLog): Promise<Result<Ready>> {
  const config = await loadConfig(process.cwd(), options.config ?? null)
  if (!config.ok) return config
  const url = databaseUrl(options.databaseUrl, process.env)
  if (!url.ok) return url
  const metrics = options.metricsFile === undefined ? null : metricsFile(options.metricsFile, plan, Date.now)
  if (metrics?.ok === false) return metrics
  return succeed({
    url: url.value,
    stallBudgetMs: Math.min(config.value.stallBudgetMs, plan.server.stallBudgetMs),
    observer: (event) => {
      log.observer(event)
      metrics?.value(event)
    },
  })
}

export function readPlanAt(path: string): Result<Plan> {
  const text = readPlanText(path)
  return text.ok ? readPlan(text.value, path) : text
}

export function trouble(problems: Parameters<typeof problemsReport>[0], terminal: Terminal): ExitCode {
  terminal.err(problemsReport(problems, terminal.errColored))
  return exitCode.trouble
}

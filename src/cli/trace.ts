import { predictEffects, predictStep } from '../effects/predict-effects.ts'
import { settledTransaction } from '../effects/settled-transaction.ts'
import { lineIndex } from '../sql/line-index.ts'
import { statementMarks } from '../sql/statement-marks.ts'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import { installedMajor } from '../database/embedded-binaries.ts'
import type { Config } from '../model/config.ts'
import type { Migration } from '../model/migration.ts'
import type { CatalogSnapshot } from '../model/catalog.ts'
import type { Plan, Step } from '../model/plan.ts'
import type { Problem, Result } from '../model/problem.ts'
import type { Trace, TracedPart } from '../model/trace.ts'
import { traceJson } from '../report/trace-json.ts'
import { tracePretty } from '../report/trace-pretty.ts'
import type { TraceSource } from '../verify/trace-file.ts'
import { traceMigrations, type MigrationsTrace } from '../verify/trace-migrations.ts'
import { tracePlan } from '../verify/trace-plan.ts'
import { openShadow, type ShadowServer } from '../verify/shadow.ts'
import { readPlanAt, trouble } from './apply.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { failure } from './failure.ts'
import { loadConfig } from './load-config.ts'
import {
  readAppliedFile,
  readPlanSource,
  readSourcesOfPlan,
  type Base,
  type PlanSource,
} from './plan-source.ts'
import type { Terminal } from './terminal.ts'

interface TraceCommandOptions {
  readonly format: 'pretty' | 'json'
  readonly through?: string
  readonly applied?: string
  readonly shadowUrl?: string
  readonly rows: number
  readonly major?: number
  readonly layout?: string
  readonly config?: string
}

export async function trace(
  paths: readonly string[],
  options: TraceCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const [config] = await Promise.all([loadConfig(process.cwd(), options.config ?? null), loadParser()])
  if (!config.ok) return trouble(config.problems, terminal)
  const asked = readAsked(paths, options, config.value)
  if (!asked.ok) return trouble(asked.problems, terminal)
  const traced = await onShadow(asked.value, options, terminal)
  if (!traced.ok) return trouble(traced.problems, terminal)
  const report = traced.value
  terminal.out(
    options.format === 'json'
      ? traceJson(report)
      : tracePretty(report, linesOf(asked.value.source.pending), terminal.outColored),
  )
  const { disagreements, failures } = report.summary
  return disagreements + failures === 0 ? exitCode.done : exitCode.findings
}

interface Asked {
  readonly source: PlanSource
  /** Files to be told of; the others of the source are what those meet. */
  readonly named: ReadonlySet<string>
  /** Null: the migrations themselves are asked for. */
  readonly plan: Plan | null
}

function readAsked(paths: readonly string[], options: TraceCommandOptions, config: Config): Result<Asked> {
  const [first, ...more] = paths
  if (first?.endsWith('.json') === true) return readPlanAsked(first, more, options, config)
  const base = saidBase(options)
  if (!base.ok) return base
  const source = readPlanSource(paths, config, options.layout ?? null, base.value)
  if (!source.ok) return source
  const { pending, folder } = source.value
  if (pending.length === 0) {
    return failure(
      'nothing-pending',
      `Every migration named in ${folder} is applied`,
      'Name another folder, or an earlier version with --through.',
    )
  }
  const named = new Set(pending.map(({ path }) => path))
  const whole = readPlanSource(source.value.folders, config, options.layout ?? null, base.value)
  if (!whole.ok) return whole
  const last = whole.value.pending.findLastIndex(({ path }) => named.has(path))
  const upToLast = { ...whole.value, pending: whole.value.pending.slice(0, last + 1) }
  return { ok: true, value: { source: upToLast, named, plan: null } }
}

function readPlanAsked(
  path: string,
  more: readonly string[],
  { through, applied, layout, major }: TraceCommandOptions,
  config: Config,
): Result<Asked> {
  if (more.length > 0) {
    return failure('several-plans', `A plan is traced alone, and ${path} is not all that is named`, null)
  }
  if ([through, applied, layout, major].some((option) => option !== undefined)) {
    return failure(
      'plan-says-it',
      'A plan says itself what is applied, how the files are named, and which server it is for',
      'Leave out --through, --applied, --layout and --major.',
    )
  }
  const plan = readPlanAt(path)
  if (!plan.ok) return plan
  const source = readSourcesOfPlan(plan.value, config)
  if (!source.ok) return source
  return { ok: true, value: { source: source.value, named: new Set(), plan: plan.value } }
}

function saidBase({ through, applied }: TraceCommandOptions): Result<Base> {
  if (through !== undefined) return { ok: true, value: { from: 'through', version: through } }
  if (applied === undefined) return { ok: true, value: { from: 'nothing' } }
  const versions = readAppliedFile(applied)
  return versions.ok ? { ok: true, value: { from: 'applied-file', versions: versions.value } } : versions
}

function linesOf(migrations: readonly Migration[]): (path: string, line: number) => string {
  const indexes = new Map(migrations.map(({ path, text }) => [path, lineIndex(text)]))
  return (path, line) => indexes.get(path)?.lineText(line) ?? ''
}

async function onShadow(
  asked: Asked,
  options: TraceCommandOptions,
  terminal: Terminal,
): Promise<Result<Trace>> {
  const major = asked.plan?.server.major ?? options.major ?? installedMajor()
  if (major === null || major < 14 || major > 18) {
    return failure('server-version', 'Which PostgreSQL is it to run on?', 'Give --major 14 to 18.')
  }
  const opened = await openShadow({ shadowUrl: options.shadowUrl ?? null, targetUrl: null, major })
  if (!opened.ok) return opened
  const shadow = opened.value
  try {
    terminal.err(`tracing on PostgreSQL ${shadow.version} …\n`)
    const traced = await traceAsked(asked, options.rows, shadow, terminal)
    return traced.ok ? { ok: true, value: reportOf(traced.value, options.rows, shadow) } : traced
  } finally {
    await shadow.close()
  }
}

async function traceAsked(
  { source, named, plan }: Asked,
  rowsPerTable: number,
  shadow: ShadowServer,
  terminal: Terminal,
): Promise<Result<MigrationsTrace>> {
  const { major } = shadow
  const base = traceSourcesOf(source.base, major)
  if (!base.ok) return base
  const pending = traceSourcesOf(source.pending, major)
  if (!pending.ok) return pending
  const input = { base: base.value, rowsPerTable, now: () => performance.now() }
  if (plan === null) {
    const sources = pending.value
    const fileStarted = (path: string, done: number): void => {
      terminal.err(`${done + 1} of ${sources.length}: ${path}\n`)
    }
    const traced = await traceMigrations({ ...input, sources, seed: 1, fileStarted }, shadow)
    return traced.ok ? { ok: true, value: onlyNamed(traced.value, named) } : traced
  }
  const predict = (step: Step, catalog: CatalogSnapshot) => predictStep(step, catalog, major)
  return tracePlan(plan, { ...input, pending: pending.value, predict }, shadow)
}

/** A file that nobody has named is told of where it fails. */
function onlyNamed(traced: MigrationsTrace, named: ReadonlySet<string>): MigrationsTrace {
  const isTold = ({ name, statements }: TracedPart): boolean =>
    named.has(name) || statements.some((one) => one.failure !== null)
  return {
    ...traced,
    parts: traced.parts.filter(isTold),
    notRun: traced.notRun.filter((one) => named.has(one)),
  }
}

function reportOf(
  { parts, assumptions, notRun }: MigrationsTrace,
  rowsPerTable: number,
  { version }: ShadowServer,
): Trace {
  return {
    formatVersion: 1,
    serverVersion: version,
    rowsPerTable,
    assumptions: [...assumptions],
    parts: [...parts],
    notRun: [...notRun],
    summary: summaryOf(parts),
  }
}

function summaryOf(parts: readonly TracedPart[]): Trace['summary'] {
  const statements = parts.flatMap((part) => part.statements)
  return {
    statements: statements.length,
    disagreements: statements.reduce((sum, { disagreements }) => sum + disagreements.length, 0),
    failures: statements.filter((one) => one.failure !== null).length,
  }
}

function traceSourcesOf(migrations: readonly Migration[], major: number): Result<readonly TraceSource[]> {
  const problems: Problem[] = []
  const sources = migrations.map(({ path, text, transaction: mode }): TraceSource => {
    const script = parseScript(text, path)
    const transaction = settledTransaction(mode, script.statements)
    problems.push(...script.problems)
    return {
      path,
      text,
      transaction,
      statements: script.statements.map((statement) => statement.text),
      marks: statementMarks(script),
      predict: (catalog) => predictEffects(script.statements, catalog, { transaction, major }),
    }
  })
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: sources }
}

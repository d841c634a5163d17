import { resolve } from 'node:path'
import { emptyCatalog } from '../catalog/replay.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { walk } from '../effects/walk.ts'
import { lintMigrations, summaryOf } from '../lint/lint.ts'
import type { Config } from '../model/config.ts'
import type { LintReport, Severity } from '../model/finding.ts'
import type { Migration } from '../model/migration.ts'
import type { Problem, Result } from '../model/problem.ts'
import { problemsReport } from '../report/problems.ts'
import { type ReadMigrations, readMigrations } from '../source/read-migrations.ts'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import type { LintFormat, ReportFile } from './lint-format.ts'
import { render, writeReports, writeStepSummary } from './lint-output.ts'
import { loadConfig } from './load-config.ts'
import { isWanted, severitiesByPath, withTransactions } from './path-overrides.ts'
import { isUnreadable, readSources, readText, type SourceFolder } from './read-sources.ts'
import type { Terminal } from './terminal.ts'
import { unknownRules } from './unknown-rules.ts'

interface LintOptions {
  readonly format: LintFormat
  readonly report?: readonly ReportFile[]
  readonly failOn: Severity
  readonly maxWarnings?: number
  readonly baseline?: string
  readonly writeBaseline?: string
  readonly since?: string
  readonly changed?: boolean
  readonly schema?: string
  readonly layout?: string
  readonly config?: string
}

export async function lint(
  paths: readonly string[],
  options: LintOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const [config, changed] = await Promise.all([
    loadConfig(process.cwd(), options.config ?? null),
    onlyFiles(options),
    loadParser(),
  ])
  if (!config.ok) return trouble(config.problems, terminal)
  if (!changed.ok) return trouble(changed.problems, terminal)
  const outcome = lintWith(config.value, paths, options, changed.value, terminal)
  if (!outcome.ok) return trouble(outcome.problems, terminal)
  const { texts, problems } = outcome.value
  const lineOf = linesOf(texts)
  const report = await inBaseline(outcome.value.report, options, lineOf)
  if (!report.ok) return trouble(report.problems, terminal)
  const allProblems = [...problems, ...(await put(report.value, options, lineOf, terminal))]
  if (allProblems.length > 0) return trouble(allProblems, terminal)
  return codeOf(report.value, options.failOn, options.maxWarnings ?? config.value.maxWarnings, terminal)
}

/** Absolute paths of the files to report; null: all of them. */
async function onlyFiles({ since, changed }: LintOptions): Promise<Result<ReadonlySet<string> | null>> {
  if (since === undefined && changed !== true) return { ok: true, value: null }
  return (await import('./changed-files.ts')).changedFiles(since ?? null, process.cwd())
}

async function inBaseline(
  report: LintReport,
  options: LintOptions,
  lineOf: (path: string, line: number) => string,
): Promise<Result<LintReport>> {
  const { baseline, writeBaseline } = options
  if (baseline === undefined && writeBaseline === undefined) return { ok: true, value: report }
  return (await import('./lint-baseline.ts')).applyBaseline(report, options, lineOf)
}

function trouble(problems: readonly Problem[], terminal: Terminal): ExitCode {
  terminal.err(problemsReport(problems, terminal.errColored))
  return exitCode.trouble
}

/** Every report to its place, and what kept one from getting there. */
async function put(
  report: LintReport,
  { format, report: files = [], failOn }: LintOptions,
  lineOf: (path: string, line: number) => string,
  terminal: Terminal,
): Promise<readonly Problem[]> {
  const rendering = { failOn, colored: terminal.outColored, lineOf }
  terminal.out(await render(report, format, rendering))
  const problems = await writeReports(report, files, rendering)
  return format === 'github' ? [...problems, ...(await writeStepSummary(report, rendering))] : problems
}

/** The thresholds; and what was not understood, for which nobody can vouch. */
function codeOf(
  { files, summary }: LintReport,
  failOn: Severity,
  maxWarnings: number | null,
  terminal: Terminal,
): ExitCode {
  if (files.some(({ problems }) => problems.some(({ code }) => isUnreadable(code)))) return exitCode.trouble
  const counted = {
    error: summary.errors,
    warning: summary.errors + summary.warnings,
    info: summary.errors + summary.warnings + summary.infos,
  } satisfies Record<Severity, number>
  const isOver = maxWarnings !== null && summary.warnings > maxWarnings
  if (isOver) terminal.err(`${summary.warnings} warnings, and at most ${maxWarnings} are allowed\n`)
  const isClean = counted[failOn] === 0 && summary.problems === 0 && !isOver
  return isClean ? exitCode.done : exitCode.findings
}

interface LintedTexts {
  readonly report: LintReport
  readonly texts: ReadonlyMap<string, string>
  /** What kept whole folders from being linted. */
  readonly problems: readonly Problem[]
}

function lintWith(
  config: Config,
  paths: readonly string[],
  options: LintOptions,
  changed: ReadonlySet<string> | null,
  terminal: Terminal,
): Result<LintedTexts> {
  const unknown = unknownRules(config)
  if (unknown.length > 0) return { ok: false, problems: unknown }
  const isListed = (path: string) => isWanted(config, path)
  const folders = readSources(paths.length > 0 ? paths : config.migrations, process.cwd(), isListed)
  if (!folders.ok) return folders
  const catalog = startingCatalog(config, options.schema ?? null)
  if (!catalog.ok) return catalog
  const linting: Linting = { config, catalog: catalog.value, changed, severitiesOf: severitiesByPath(config) }
  const reports: LintReport[] = []
  const texts = new Map<string, string>()
  const problems: Problem[] = []
  for (const folder of folders.value) {
    const migrations = migrationsOf(folder, config, options.layout ?? null, terminal)
    if (migrations.ok) {
      for (const { path, text } of migrations.value) texts.set(path, text)
      reports.push(lintFolder(migrations.value, folder, linting))
    } else problems.push(...migrations.problems)
  }
  if (reports.length === 0 && problems.length > 0) return { ok: false, problems }
  return { ok: true, value: { report: merged(reports), texts, problems } }
}

/** What the first migration meets: the given schema, else nothing that is known; either way more may exist. */
function startingCatalog(config: Config, schemaPath: string | null): Result<Catalog> {
  const nothing = emptyCatalog({ complete: false, searchPath: config.searchPath })
  if (schemaPath === null) return { ok: true, value: nothing }
  const text = readText(schemaPath)
  if (!text.ok) return text
  const script = parseScript(text.value, schemaPath)
  if (script.problems.length > 0) return { ok: false, problems: script.problems }
  const start = emptyCatalog({ complete: true, searchPath: config.searchPath })
  const options = { transaction: 'statement', catalog: start, serverVersion: config.serverVersion } as const
  return { ok: true, value: walk(script.statements, options).catalog }
}

/** The folder's migrations in order. Named files that follow no layout, or that it passes over, are linted as they are. */
function migrationsOf(
  folder: SourceFolder,
  config: Config,
  layout: string | null,
  terminal: Terminal,
): Result<readonly Pick<Migration, 'path' | 'text' | 'transaction'>[]> {
  const read = readMigrations(folder.files, {
    layout: layout ?? config.layout,
    transaction: config.transaction,
  })
  const { named } = folder
  if (folder.files.length === 0) return { ok: true, value: [] }
  if (named === null) {
    if (!read.ok) return read
    const note = passedOverNote(read.value)
    if (note !== null) terminal.err(note)
    return { ok: true, value: withTransactions(read.value.up, config) }
  }
  const transaction = config.transaction ?? 'file'
  const asTheyAre = folder.files
    .filter(({ path }) => named.has(path) && (!read.ok || read.value.passedOver.includes(path)))
    .map((file) => ({ ...file, transaction }))
  return { ok: true, value: withTransactions([...(read.ok ? read.value.up : []), ...asTheyAre], config) }
}

/** SQL files that the layout's runner does not run, so that nobody takes silence for a clean bill. */
function passedOverNote({ layout, passedOver }: ReadMigrations): string | null {
  const [first, ...others] = passedOver
  if (first === undefined) return null
  const more = others.length > 0 ? ` and ${others.length} more` : ''
  return `note: ${layout} does not run ${first}${more}: passed over\n`
}

interface Linting {
  readonly config: Config
  readonly catalog: Catalog
  /** Absolute paths of the only files to report; null: all of them. */
  readonly changed: ReadonlySet<string> | null
  readonly severitiesOf: (path: string) => Config['rules']
}

function lintFolder(
  migrations: readonly Pick<Migration, 'path' | 'text' | 'transaction'>[],
  { named, unreadable }: SourceFolder,
  { config, catalog, changed, severitiesOf }: Linting,
): LintReport {
  const isAsked = (path: string) =>
    (named === null || named.has(path)) && (changed === null || changed.has(resolve(process.cwd(), path)))
  const inputs = migrations.map(({ path, text, transaction }) => ({
    script: parseScript(text, path),
    transaction,
    report: isAsked(path),
    severities: severitiesOf(path),
  }))
  const options = { catalog, serverVersion: config.serverVersion, severities: config.rules }
  const report = lintMigrations(inputs, options)
  const unread = unreadable
    .filter(({ path }) => isAsked(path))
    .map(({ path, problems }) => ({
      path,
      statements: [],
      findings: [],
      suppressed: [],
      problems: [...problems],
    }))
  return unread.length === 0 ? report : { ...report, files: [...report.files, ...unread] }
}

function merged(reports: readonly LintReport[]): LintReport {
  const files = reports.flatMap((report) => report.files)
  return { formatVersion: 1, files, staleBaseline: [], summary: summaryOf(files) }
}

/** Each file is cut into lines when the first of them is asked for. */
function linesOf(texts: ReadonlyMap<string, string>): (path: string, line: number) => string {
  const lines = new Map<string, readonly string[]>()
  return (path, line) => {
    const known = lines.get(path) ?? (texts.get(path) ?? '').split('\n')
    lines.set(path, known)
    return known[line - 1] ?? ''
  }
}

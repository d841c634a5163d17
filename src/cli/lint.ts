import { emptyCatalog } from '../catalog/replay.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { walk } from '../effects/walk.ts'
import { lintMigrations, summaryOf } from '../lint/lint.ts'
import type { Config } from '../model/config.ts'
import type { LintReport, Severity } from '../model/finding.ts'
import type { Migration } from '../model/migration.ts'
import type { Problem, Result } from '../model/problem.ts'
import { problemsReport } from '../report/problems.ts'
import { readMigrations } from '../source/read-migrations.ts'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { applyBaseline } from './lint-baseline.ts'
import type { LintFormat, ReportFile } from './lint-format.ts'
import { render, writeReports, writeStepSummary } from './lint-output.ts'
import { loadConfig } from './load-config.ts'
import { readSources, readText, type SourceFolder } from './read-sources.ts'
import type { Terminal } from './terminal.ts'

interface LintOptions {
  readonly format: LintFormat
  readonly report?: readonly ReportFile[]
  readonly failOn: Severity
  readonly baseline?: string
  readonly writeBaseline?: string
  readonly schema?: string
  readonly layout?: string
  readonly config?: string
}

export async function lint(
  paths: readonly string[],
  options: LintOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const [config] = await Promise.all([loadConfig(process.cwd(), options.config ?? null), loadParser()])
  const outcome = config.ok ? lintWith(config.value, paths, options) : config
  if (!outcome.ok) return trouble(outcome.problems, terminal)
  const lineOf = linesOf(outcome.value.texts)
  const report = await applyBaseline(outcome.value.report, options, lineOf)
  if (!report.ok) return trouble(report.problems, terminal)
  const problems = await put(report.value, options, lineOf, terminal)
  if (problems.length > 0) return trouble(problems, terminal)
  return isClean(report.value, options.failOn) ? exitCode.done : exitCode.findings
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

/** The threshold, and statements that were not understood: those nobody can vouch for. */
function isClean({ summary }: LintReport, failOn: Severity): boolean {
  const counted = {
    error: summary.errors,
    warning: summary.errors + summary.warnings,
    info: summary.errors + summary.warnings + summary.infos,
  } satisfies Record<Severity, number>
  return counted[failOn] === 0 && summary.problems === 0
}

interface LintedTexts {
  readonly report: LintReport
  readonly texts: ReadonlyMap<string, string>
}

function lintWith(config: Config, paths: readonly string[], options: LintOptions): Result<LintedTexts> {
  const folders = readSources(paths.length > 0 ? paths : config.migrations, process.cwd())
  if (!folders.ok) return folders
  const catalog = startingCatalog(config, options.schema ?? null)
  if (!catalog.ok) return catalog
  const reports: LintReport[] = []
  const texts = new Map<string, string>()
  const problems: Problem[] = []
  for (const folder of folders.value) {
    const migrations = migrationsOf(folder, config, options.layout ?? null)
    if (!migrations.ok) {
      problems.push(...migrations.problems)
      continue
    }
    for (const { path, text } of migrations.value) texts.set(path, text)
    reports.push(lintFolder(migrations.value, folder, config, catalog.value))
  }
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, value: { report: merged(reports), texts } }
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

/** The folder's migrations in order. Named files that follow no layout are linted as they are, in the order of names. */
function migrationsOf(
  folder: SourceFolder,
  config: Config,
  layout: string | null,
): Result<readonly Pick<Migration, 'path' | 'text' | 'transaction'>[]> {
  const read = readMigrations(folder.files, {
    layout: layout ?? config.layout,
    transaction: config.transaction,
  })
  if (read.ok) return { ok: true, value: read.value.up }
  const { named } = folder
  if (named === null) return read
  const transaction = config.transaction ?? 'file'
  return {
    ok: true,
    value: folder.files.filter(({ path }) => named.has(path)).map((file) => ({ ...file, transaction })),
  }
}

function lintFolder(
  migrations: readonly Pick<Migration, 'path' | 'text' | 'transaction'>[],
  folder: SourceFolder,
  config: Config,
  catalog: Catalog,
): LintReport {
  const inputs = migrations.map(({ path, text, transaction }) => ({
    script: parseScript(text, path),
    transaction,
    report: folder.named === null || folder.named.has(path),
  }))
  return lintMigrations(inputs, { catalog, serverVersion: config.serverVersion, severities: config.rules })
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

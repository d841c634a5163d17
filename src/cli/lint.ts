import { resolve } from 'node:path'
import type { Catalog } from '../catalog/catalog.ts'
import { walk } from '../effects/walk.ts'
import { lintMigrations, summaryOf, type LintInput } from '../lint/lint.ts'
import type { Config } from '../model/config.ts'
import type { LintedFile, LintReport, Severity } from '../model/finding.ts'
import type { Migration } from '../model/migration.ts'
import type { Problem, Result } from '../model/problem.ts'
import { problemsReport } from '../report/problems.ts'
import { splitPending } from '../source/pending.ts'
import { type ReadMigrations, readMigrations } from '../source/read-migrations.ts'
import { parseScript } from '../sql/parse-script.ts'
import { loadParser } from '../sql/parser.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import { lintContext, type ContextOptions, type LintContext } from './lint-context.ts'
import type { LintFormat, ReportFile } from './lint-format.ts'
import { render, writeReports, writeStepSummary } from './lint-output.ts'
import { loadConfig } from './load-config.ts'
import { isWanted, severitiesByPath, withTransactions } from './path-overrides.ts'
import { readSources, type SourceFolder } from './read-sources.ts'
import { isUnreadable } from './read-text.ts'
import type { Terminal } from './terminal.ts'
import { unknownRules } from './unknown-rules.ts'

interface LintOptions extends ContextOptions {
  readonly format: LintFormat
  readonly report?: readonly ReportFile[]
  readonly failOn: Severity
  readonly maxWarnings?: number
  readonly baseline?: string
  readonly writeBaseline?: string
  readonly since?: string
  readonly changed?: boolean
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
  const outcome = await lintWith(config.value, paths, options, changed.value, terminal)
  if (!outcome.ok) return trouble(outcome.problems, terminal)
  const { texts, problems, isUpToDate } = outcome.value
  if (isUpToDate) terminal.err('nothing to lint: every migration that was named is applied\n')
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
  readonly isUpToDate: boolean
  /** What kept whole folders from being linted. */
  readonly problems: readonly Problem[]
}

async function lintWith(
  config: Config,
  paths: readonly string[],
  options: LintOptions,
  changed: ReadonlySet<string> | null,
  terminal: Terminal,
): Promise<Result<LintedTexts>> {
  const unknown = unknownRules(config)
  if (unknown.length > 0) return { ok: false, problems: unknown }
  const isListed = (path: string) => isWanted(config, path)
  const folders = readSources(paths.length > 0 ? paths : config.migrations, process.cwd(), isListed)
  if (!folders.ok) return folders
  const context = await lintContext(options, config)
  if (!context.ok) return context
  const linting: Linting = { config, context: context.value, changed, severitiesOf: severitiesByPath(config) }
  const read: ReadFolder[] = []
  const problems: Problem[] = []
  for (const folder of folders.value) {
    const one = readFolder(folder, config, options.layout ?? null, context.value, terminal)
    if (one.ok) read.push(one.value)
    else problems.push(...one.problems)
  }
  if (read.length === 0 && problems.length > 0) return { ok: false, problems }
  const texts = new Map(
    read.flatMap(({ migrations }) => migrations.map(({ path, text }) => [path, text] as const)),
  )
  const report = merged(
    reportsOf(read, linting),
    read.flatMap((one) => unread(one, linting)),
  )
  return { ok: true, value: { report, texts, isUpToDate: isUpToDate(read, context.value), problems } }
}

/** Is every migration that was named applied? */
function isUpToDate(read: readonly ReadFolder[], { base }: LintContext): boolean {
  const isNamed = ({ named }: SourceFolder, path: string) => named === null || named.has(path)
  return (
    base !== null &&
    !read.some(({ folder, migrations }) => migrations.some(({ path }) => isNamed(folder, path)))
  )
}

type LintedMigration = Pick<Migration, 'path' | 'text' | 'transaction'>

interface ReadFolder {
  readonly folder: SourceFolder
  /** Applied, and not in the catalog that lint begins with. */
  readonly base: readonly LintedMigration[]
  readonly migrations: readonly LintedMigration[]
}

/**
 * The folder's migrations in order, cut into applied and pending ones. Named files that follow no layout, or that it passes
 * over, are linted as they are.
 */
function readFolder(
  folder: SourceFolder,
  config: Config,
  layout: string | null,
  context: LintContext,
  terminal: Terminal,
): Result<ReadFolder> {
  const read = readMigrations(folder.files, {
    layout: layout ?? config.layout,
    transaction: config.transaction,
  })
  const { named } = folder
  if (folder.files.length === 0) return { ok: true, value: { folder, base: [], migrations: [] } }
  if (named === null && !read.ok) return read
  const split = read.ok ? splitPending(read.value.up, context.base ?? {}) : null
  if (split?.ok === false) return split
  const note = named === null && read.ok ? passedOverNote(read.value) : null
  if (note !== null) terminal.err(note)
  const transaction = config.transaction ?? 'file'
  const asTheyAre = folder.files
    .filter(({ path }) => named?.has(path) === true && (!read.ok || read.value.passedOver.includes(path)))
    .map((file) => ({ ...file, transaction }))
  const base = context.hasBase ? [] : withTransactions(split?.value.base ?? [], config)
  const migrations = withTransactions([...(split?.value.pending ?? []), ...asTheyAre], config)
  return { ok: true, value: { folder, base, migrations } }
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
  readonly context: LintContext
  /** Absolute paths of the only files to report; null: all of them. */
  readonly changed: ReadonlySet<string> | null
  readonly severitiesOf: (path: string) => Config['rules']
}

/**
 * Where nobody has said what is applied, each folder is a history of its own, and each of its files may be the next to go
 * live. What is pending is one release.
 */
function reportsOf(read: readonly ReadFolder[], linting: Linting): readonly LintReport[] {
  const { config, context } = linting
  const options = { ...context, severities: config.rules }
  if (context.base === null) {
    return read.map((one) => lintMigrations(inputsOf(one, linting), { ...options, batch: 'file' }))
  }
  const catalog = read
    .flatMap(({ base }) => base)
    .reduce((before, migration) => after(migration, before, context), context.catalog)
  const inputs = read.flatMap((one) => inputsOf(one, linting))
  return [lintMigrations(inputs, { ...options, catalog, batch: 'all' })]
}

/** What an applied migration has made of the catalog; of what is not understood in it, nothing. */
function after(
  { path, text, transaction }: LintedMigration,
  catalog: Catalog,
  { serverVersion }: LintContext,
): Catalog {
  return walk(parseScript(text, path).statements, { transaction, catalog, serverVersion }).catalog
}

function inputsOf({ folder, migrations }: ReadFolder, linting: Linting): readonly LintInput[] {
  return migrations.map(({ path, text, transaction }) => ({
    script: parseScript(text, path),
    transaction,
    report: isAsked(path, folder, linting),
    severities: linting.severitiesOf(path),
  }))
}

function isAsked(path: string, { named }: SourceFolder, { changed }: Linting): boolean {
  return (
    (named === null || named.has(path)) && (changed === null || changed.has(resolve(process.cwd(), path)))
  )
}

/** Files that could not be read, each with why. */
function unread({ folder }: ReadFolder, linting: Linting): readonly LintedFile[] {
  return folder.unreadable
    .filter(({ path }) => isAsked(path, folder, linting))
    .map(({ path, problems }) => ({
      path,
      statements: [],
      findings: [],
      suppressed: [],
      problems: [...problems],
    }))
}

function merged(reports: readonly LintReport[], unreadable: readonly LintedFile[]): LintReport {
  const files = [...reports.flatMap((report) => report.files), ...unreadable]
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

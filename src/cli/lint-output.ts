/** Where the reports of lint go: one to stdout, others to files, and the step summary of a GitHub workflow. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LintReport, Severity } from '../model/finding.ts'
import type { Problem } from '../model/problem.ts'
import { failure } from './failure.ts'
import type { LintFormat, ReportFile } from './lint-format.ts'
import { packageFolder } from './package-folder.ts'
import { propertyOf } from './property-of.ts'

/** What the formats are told beside the report. */
export interface Rendering {
  readonly failOn: Severity
  readonly colored: boolean
  /** A file's line, from 1. */
  readonly lineOf: (path: string, line: number) => string
}

/** Each format is loaded when it is asked for. */
export async function render(report: LintReport, format: LintFormat, rendering: Rendering): Promise<string> {
  const { failOn, colored, lineOf } = rendering
  switch (format) {
    case 'pretty':
      return (await import('../report/lint-pretty.ts')).lintPretty(report, lineOf, colored, pageOf)
    case 'json':
      return (await import('../report/lint-json.ts')).lintJson(report)
    case 'github':
      return (await import('../report/lint-github.ts')).lintGithub(report, folderInRepository())
    case 'sarif':
      return sarif(report, lineOf)
    case 'gitlab':
      return (await import('../report/lint-gitlab.ts')).lintGitlab(report)
    case 'junit':
      return (await import('../report/lint-junit.ts')).lintJunit(report, failOn)
    case 'markdown':
      return (await import('../report/lint-markdown.ts')).lintMarkdown(report, lineOf)
  }
}

/** Writes the other reports; a file that cannot be written is a problem. */
export async function writeReports(
  report: LintReport,
  files: readonly ReportFile[],
  rendering: Rendering,
): Promise<readonly Problem[]> {
  const problems: Problem[] = []
  for (const { format, path } of files) {
    const text = await render(report, format, { ...rendering, colored: false })
    problems.push(...attempt(path, () => writeInFolder(path, text)))
  }
  return problems
}

/** GitHub shows the file that it names here on the page of the run. */
export async function writeStepSummary(
  report: LintReport,
  rendering: Rendering,
): Promise<readonly Problem[]> {
  const path = process.env['GITHUB_STEP_SUMMARY'] ?? ''
  if (path === '') return []
  const text = await render(report, 'markdown', rendering)
  return attempt(path, () => appendFileSync(path, `${text}\n`))
}

function attempt(path: string, write: () => void): readonly Problem[] {
  try {
    write()
    return []
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return failure('file-not-written', `${path} cannot be written: ${reason}`, 'Name a file that can be.')
      .problems
  }
}

function writeInFolder(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** The page ships with the package. */
function pageOf(rule: string): string | null {
  const page = join(packageFolder, 'src/rules', `${rule}.md`)
  return existsSync(page) ? pathToFileURL(page).href : null
}

/** In a workflow that lints in a folder of its repository: GitHub knows files by their paths from the root. */
function folderInRepository(): string {
  const root = process.env['GITHUB_WORKSPACE'] ?? ''
  const folder = root === '' ? '' : relative(root, process.cwd())
  return folder === '' || folder.startsWith('..') ? '' : `${folder.split(sep).join('/')}/`
}

async function sarif(report: LintReport, lineOf: Rendering['lineOf']): Promise<string> {
  const [{ lintSarif }, { rules }, { ownFindings }] = await Promise.all([
    import('../report/lint-sarif.ts'),
    import('../rules/index.ts'),
    import('../lint/own-findings.ts'),
  ])
  const description: unknown = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  const version = String(propertyOf(description, 'version'))
  const manuals = [...rules.map(({ id, severity, docs }) => ({ id, severity, ...docs })), ...ownFindings]
  return lintSarif(report, { version, manuals, lineOf })
}

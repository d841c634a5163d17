import type { Finding, LintedFile, LintReport, Severity } from '../model/finding.ts'
import { caretFrame, placeOf } from './caret-frame.ts'
import { counted } from './counted.ts'
import { paint } from './paint.ts'
import { problemsReport } from './problems.ts'

/**
 * What a person reads: each place with its caret once and all that is to be said of it, then one line of counts.
 * `lineOf` gives a file's line, from 1.
 */
export function lintPretty(
  report: LintReport,
  lineOf: (path: string, line: number) => string,
  colored: boolean,
): string {
  const blocks = report.files.flatMap((file) => fileBlocks(file, lineOf, colored))
  return [...blocks, summaryLine(report, colored), ''].join('\n')
}

function fileBlocks(
  file: LintedFile,
  lineOf: (path: string, line: number) => string,
  colored: boolean,
): string[] {
  const places = byPlace(file.findings).map((findings) => placeBlock(file.path, findings, lineOf, colored))
  return file.problems.length === 0 ? places : [...places, problemsReport(file.problems, colored)]
}

/** Findings on the same stretch of text, in the order in which the first of each comes. */
function byPlace(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const places = new Map<string, Finding[]>()
  for (const finding of findings) {
    const key = [finding.line, finding.column, finding.endLine, finding.endColumn].join(':')
    const place = places.get(key)
    if (place === undefined) places.set(key, [finding])
    else place.push(finding)
  }
  return [...places.values()]
}

function placeBlock(
  path: string,
  findings: readonly Finding[],
  lineOf: (path: string, line: number) => string,
  colored: boolean,
): string {
  const [first] = findings
  if (first === undefined) return ''
  const position = { path, ...first }
  const frame = caretFrame(position, lineOf(path, first.line))
  return [
    paint(colored).cyan(placeOf(position)),
    ...frame.split('\n').map((line) => `  ${line}`),
    ...findings.toSorted(gravest).flatMap((finding) => findingLines(finding, colored)),
    '',
  ].join('\n')
}

const gravity = { error: 0, warning: 1, info: 2 } satisfies Record<Severity, number>

function gravest(one: Finding, other: Finding): number {
  return gravity[one.severity] - gravity[other.severity]
}

function findingLines({ severity, rule, message, effect, instead }: Finding, colored: boolean): string[] {
  const color = paint(colored)
  return [
    `  ${severityWord(severity, colored)} ${color.bold(rule)}: ${message}`,
    `    ${color.dim(effect)}`,
    `    ${color.dim('→')} ${instead}`,
  ]
}

function severityWord(severity: Severity, colored: boolean): string {
  const color = paint(colored)
  const words = {
    error: color.red('error'),
    warning: color.yellow('warning'),
    info: color.blue('info'),
  } satisfies Record<Severity, string>
  return words[severity]
}

function summaryLine(report: LintReport, colored: boolean): string {
  const { files, statements, errors, warnings, infos, problems, suppressed } = report.summary
  const counts = [
    counted(errors, 'error'),
    counted(warnings, 'warning'),
    infos > 0 ? counted(infos, 'hint') : '',
    problems > 0 ? `${counted(problems, 'statement')} not understood` : '',
    suppressed > 0 ? `${suppressed} suppressed` : '',
  ].filter((part) => part !== '')
  const line = `${counts.join(', ')} in ${counted(statements, 'statement')} of ${counted(files, 'file')}`
  return errors + problems > 0 ? paint(colored).bold.red(line) : paint(colored).bold(line)
}

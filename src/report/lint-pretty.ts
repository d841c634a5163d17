import type { Finding, LintedFile, LintReport, Severity } from '../model/finding.ts'
import { caretFrame, placeOf } from './caret-frame.ts'
import { countsLine, gravity } from './lint-counts.ts'
import { paint } from './paint.ts'
import { printable } from './printable.ts'
import { problemsReport } from './problems.ts'
import { workInWords } from './work-words.ts'

/**
 * What a person reads: each place with its caret once and all that is to be said of it, then one line of counts.
 * `lineOf` gives a file's line, from 1; `pageOf` the address of a rule's page, for a link where a terminal looks.
 */
export function lintPretty(
  report: LintReport,
  lineOf: (path: string, line: number) => string,
  colored: boolean,
  pageOf: (rule: string) => string | null,
): string {
  const blocks = report.files.flatMap((file) => fileBlocks(file, lineOf, colored, pageOf))
  return [...blocks, ...staleBlock(report, colored), summaryLine(report, colored), ''].join('\n')
}

function fileBlocks(
  file: LintedFile,
  lineOf: (path: string, line: number) => string,
  colored: boolean,
  pageOf: (rule: string) => string | null,
): string[] {
  const places = byPlace(file.findings).map((findings) =>
    placeBlock(file.path, findings, lineOf, colored, pageOf),
  )
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
  pageOf: (rule: string) => string | null,
): string {
  const [first] = findings
  if (first === undefined) return ''
  const position = { path, ...first }
  const frame = caretFrame(position, lineOf(path, first.line))
  return [
    paint(colored).cyan(placeOf(position)),
    ...frame.split('\n').map((line) => `  ${line}`),
    ...findings.toSorted(gravest).flatMap((finding) => findingLines(finding, colored, pageOf)),
    '',
  ].join('\n')
}

function gravest(one: Finding, other: Finding): number {
  return gravity[one.severity] - gravity[other.severity]
}

function findingLines(
  { severity, rule, message, effect, instead, work }: Finding,
  colored: boolean,
  pageOf: (rule: string) => string | null,
): string[] {
  const color = paint(colored)
  const page = colored ? pageOf(rule) : null
  const name = page === null ? color.bold(rule) : linked(color.bold(rule), page)
  return [
    `  ${severityWord(severity, colored)} ${name}: ${printable(message)}`,
    ...(work === null ? [] : [`    ${printable(workInWords(work))}`]),
    `    ${color.dim(effect)}`,
    `    ${color.dim('→')} ${instead}`,
  ]
}

/** A link in a terminal (OSC 8); one that knows none shows the words alone. */
function linked(words: string, address: string): string {
  return `\u001B]8;;${address}\u001B\\${words}\u001B]8;;\u001B\\`
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

function staleBlock({ staleBaseline }: LintReport, colored: boolean): string[] {
  const color = paint(colored)
  return staleBaseline.map(
    ({ path, rule, line }) =>
      `${color.yellow('stale')} ${color.bold(rule)}: in the baseline and no longer found in ${path}: ${printable(line)}`,
  )
}

function summaryLine(report: LintReport, colored: boolean): string {
  const { errors, problems } = report.summary
  const line = countsLine(report)
  return errors + problems > 0 ? paint(colored).bold.red(line) : paint(colored).bold(line)
}

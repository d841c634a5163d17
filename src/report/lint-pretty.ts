import type { Finding, LintedFile, LintReport, Severity } from '../model/finding.ts'
import { caretFrame, placeOf } from './caret-frame.ts'
import { counted } from './counted.ts'
import { paint } from './paint.ts'
import { problemsReport } from './problems.ts'

/** What a person reads: each finding with its caret, then one line of counts. `lineOf` gives a file's line, from 1. */
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
  const findings = file.findings.map((finding) => findingBlock(file.path, finding, lineOf, colored))
  return file.problems.length === 0 ? findings : [...findings, problemsReport(file.problems, colored)]
}

function findingBlock(
  path: string,
  finding: Finding,
  lineOf: (path: string, line: number) => string,
  colored: boolean,
): string {
  const color = paint(colored)
  const position = { path, ...finding }
  const frame = caretFrame(position, lineOf(path, finding.line))
  return [
    `${severityWord(finding.severity, colored)} ${color.bold(finding.rule)}  ${color.cyan(placeOf(position))}`,
    frame
      .split('\n')
      .map((line) => `  ${line}`)
      .join('\n'),
    `  ${finding.message}`,
    `  ${color.dim(finding.effect)}`,
    `  ${color.dim('→')} ${finding.instead}`,
    '',
  ].join('\n')
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

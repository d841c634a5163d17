import type { Finding, LintReport, Severity } from '../model/finding.ts'
import type { Problem } from '../model/problem.ts'
import { countsLine } from './lint-counts.ts'
import { withWork } from './work-words.ts'

/**
 * Annotations on the lines of a pull request, one a finding, then the counts. `folder`: where the paths begin, as seen
 * from the root of the repository, with a slash behind it; or empty.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function lintGithub(report: LintReport, folder: string): string {
  const commands = report.files.flatMap(({ path, findings, problems }) => [
    ...findings.map((finding) => findingCommand(finding, folder + path)),
    ...problems.map((problem) => problemCommand(problem, folder, path)),
  ])
  const stale = report.staleBaseline.map(({ path, rule, line }) =>
    command('notice', { file: folder + path, title: 'stale-baseline' }, [
      `${rule} is in the baseline and no longer found: ${line}`,
    ]),
  )
  return [...commands, ...stale, countsLine(report), ''].join('\n')
}

const levels = { error: 'error', warning: 'warning', info: 'notice' } satisfies Record<Severity, string>

function findingCommand(finding: Finding, file: string): string {
  const { rule, severity, effect, instead } = finding
  return command(levels[severity], { file, ...places(finding), title: rule }, [
    withWork(finding),
    effect,
    `→ ${instead}`,
  ])
}

function problemCommand({ code, message, hint, position }: Problem, folder: string, path: string): string {
  const at = position === null ? {} : places(position)
  const lines = hint === null ? [message] : [message, `→ ${hint}`]
  return command('error', { file: folder + (position?.path ?? path), ...at, title: code }, lines)
}

/** GitHub takes columns only within one line. */
function places(at: Pick<Finding, 'line' | 'column' | 'endLine' | 'endColumn'>): Record<string, number> {
  const lines = { line: at.line, endLine: at.endLine }
  return at.line === at.endLine ? { ...lines, col: at.column, endColumn: at.endColumn } : lines
}

function command(
  name: string,
  properties: Readonly<Record<string, string | number>>,
  lines: readonly string[],
): string {
  const written = Object.entries(properties).map(([key, value]) => `${key}=${property(String(value))}`)
  return `::${name} ${written.join(',')}::${data(lines.join('\n'))}`
}

/** As the runner unescapes it: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

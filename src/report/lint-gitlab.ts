import type { Finding, LintReport, Severity } from '../model/finding.ts'
import { withWork } from './work-words.ts'

const severities = { error: 'critical', warning: 'minor', info: 'info' } satisfies Record<Severity, string>

/**
 * GitLab's Code Quality report: what a merge request shows as new and as resolved, by fingerprint.
 * https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
export function lintGitlab(report: LintReport): string {
  const entries = report.files.flatMap(({ path, findings, problems }) => [
    ...findings.map((finding) => findingEntry(finding, path)),
    ...problems.map(({ code, message, hint, position }, index) => ({
      description: hint === null ? message : `${message} ${hint}`,
      check_name: code,
      // Of the problems of a file nothing is known that does not change with them.
      fingerprint: `${path} ${code} ${index}`,
      severity: 'blocker',
      location: {
        path: position?.path ?? path,
        lines: { begin: position?.line ?? 1, end: position?.endLine ?? 1 },
      },
    })),
  ])
  return `${JSON.stringify(entries, null, 2)}\n`
}

function findingEntry(finding: Finding, path: string) {
  const { rule, severity, line, endLine, instead, fingerprint } = finding
  return {
    description: `${withWork(finding)} ${instead}`,
    check_name: rule,
    fingerprint,
    severity: severities[severity],
    location: { path, lines: { begin: line, end: endLine } },
  }
}

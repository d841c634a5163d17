/** A baseline: the findings that were there when it was written, which from then on are shown and not counted. */
import type { Baseline, BaselineEntry } from '../model/baseline.ts'
import type { LintedFile, LintReport } from '../model/finding.ts'
import { summaryOf } from './lint.ts'

/**
 * The report with what is in the baseline suppressed. An entry is stale where its file was linted, or is gone, and the
 * finding is not there: of a file that was not looked at nothing is known.
 */
export function withBaseline(
  report: LintReport,
  baseline: Baseline,
  isGone: (path: string) => boolean,
): LintReport {
  const known = new Set(baseline.findings.map(({ fingerprint }) => fingerprint))
  const found = new Set<string>()
  const files = report.files.map((file) => {
    for (const { fingerprint } of [...file.findings, ...file.suppressed]) found.add(fingerprint)
    return withoutKnown(file, known)
  })
  const linted = new Set(files.map(({ path }) => path))
  const staleBaseline = baseline.findings.filter(
    ({ path, fingerprint }) => !found.has(fingerprint) && (linted.has(path) || isGone(path)),
  )
  return { ...report, files, staleBaseline, summary: summaryOf(files) }
}

function withoutKnown(file: LintedFile, known: ReadonlySet<string>): LintedFile {
  const taken = file.findings.filter(({ fingerprint }) => known.has(fingerprint))
  if (taken.length === 0) return file
  return {
    ...file,
    findings: file.findings.filter(({ fingerprint }) => !known.has(fingerprint)),
    suppressed: [
      ...file.suppressed,
      ...taken.map((finding) => ({ ...finding, suppressedBy: 'baseline' as const, because: null })),
    ],
  }
}

/**
 * A baseline of all that a report finds. What `before` says of files that were not linted stays, unless they are gone.
 * `lineOf` gives a file's line, from 1.
 */
export function baselineOf(
  report: LintReport,
  before: Baseline | null,
  lineOf: (path: string, line: number) => string,
  isGone: (path: string) => boolean,
): Baseline {
  const linted = new Set(report.files.map(({ path }) => path))
  const kept = (before?.findings ?? []).filter(({ path }) => !linted.has(path) && !isGone(path))
  const entries = report.files.flatMap(({ path, findings }) =>
    findings.map(({ rule, line, fingerprint }) => ({
      path,
      rule,
      line: lineOf(path, line).trim().slice(0, 120),
      fingerprint,
    })),
  )
  return { formatVersion: 1, findings: [...kept, ...entries].sort(inOrder) }
}

function inOrder(one: BaselineEntry, other: BaselineEntry): number {
  const [left, right] = [one, other].map(({ path, rule, line, fingerprint }) =>
    [path, rule, line, fingerprint].join('\0'),
  )
  return (left ?? '') < (right ?? '') ? -1 : 1
}

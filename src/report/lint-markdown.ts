import type { Finding, LintedFile, LintReport, Severity } from '../model/finding.ts'
import type { Problem } from '../model/problem.ts'
import { counted } from './counted.ts'
import { countsLine, gravity } from './lint-counts.ts'
import { code, fenced, tableRow, text } from './markdown.ts'
import { withWork } from './work-words.ts'

/** The longest body of a comment on GitHub, in characters (https://docs.github.com/rest/issues/comments). */
const longestComment = 65_536

/** Room for the lines that say what was left out. */
const reserve = 512

/**
 * A comment on a pull request: the counts, a table of rules, then each finding, the gravest first. What is beyond GitHub's
 * limit is left out from the end, and counted. `lineOf` gives a file's line, from 1.
 */
export function lintMarkdown(report: LintReport, lineOf: (path: string, line: number) => string): string {
  const places = report.files.flatMap((file) => placesOf(file))
  const sorted = places.toSorted((one, other) => one.gravity - other.gravity)
  const head = [`### migrate lint`, countsLine(report), ...rulesTable(report), ...staleBlock(report)]
  const details = sorted.map((place) => placeBlock(place, lineOf))
  return capped(head, details)
}

interface Place {
  readonly path: string
  readonly line: number
  readonly gravity: number
  readonly lines: readonly string[]
}

function placesOf({ path, findings, problems }: LintedFile): readonly Place[] {
  return [
    ...problems.map((problem) => problemPlace(problem, path)),
    ...findings.map((finding) => ({
      path,
      line: finding.line,
      gravity: gravity[finding.severity],
      lines: findingLines(finding),
    })),
  ]
}

const signs = { error: '❌', warning: '⚠️', info: 'ℹ️' } satisfies Record<Severity, string>

function findingLines(finding: Finding): readonly string[] {
  const { severity, rule, effect, instead } = finding
  return [
    `${signs[severity]} ${severity} ${code(rule)}: ${text(withWork(finding))}`,
    text(effect),
    `→ ${text(instead)}`,
  ]
}

function problemPlace({ code: name, message, hint, position }: Problem, path: string): Place {
  const lines = [`${signs.error} ${code(name)}: ${text(message)}`]
  return {
    path: position?.path ?? path,
    line: position?.line ?? 1,
    gravity: -1,
    lines: hint === null ? lines : [...lines, `→ ${text(hint)}`],
  }
}

function rulesTable(report: LintReport): readonly string[] {
  const rows = new Map<string, { severity: Severity; findings: number; files: Set<string> }>()
  for (const { path, findings } of report.files) {
    for (const { rule, severity } of findings) {
      const key = `${severity} ${rule}`
      const row = rows.get(key) ?? { severity, findings: 0, files: new Set<string>() }
      rows.set(key, { severity, findings: row.findings + 1, files: row.files.add(path) })
    }
  }
  if (rows.size === 0) return []
  const sorted = [...rows].toSorted(([, one], [, other]) => gravity[one.severity] - gravity[other.severity])
  const body = sorted.map(([key, { severity, findings, files }]) => [
    `${signs[severity]} ${severity}`,
    code(key.slice(severity.length + 1)),
    String(findings),
    String(files.size),
  ])
  const head = ['', 'rule', 'findings', 'files']
  return [[head, head.map(() => '---'), ...body].map(tableRow).join('\n')]
}

function staleBlock({ staleBaseline }: LintReport): readonly string[] {
  if (staleBaseline.length === 0) return []
  const shown = staleBaseline.slice(0, 20).map(({ path, rule }) => `- ${code(rule)} in ${code(path)}`)
  const entries = counted(staleBaseline.length, 'entry', 'entries')
  return [`${entries} of the baseline no longer found; write it anew to forget them:`, shown.join('\n')]
}

function placeBlock({ path, line, lines }: Place, lineOf: (path: string, line: number) => string): string {
  const sql = lineOf(path, line).trim().slice(0, 500)
  return [
    `<details><summary>${html(path)}:${line}</summary>`,
    ...(sql === '' ? [] : [fenced(sql)]),
    ...lines,
    '</details>',
  ].join('\n\n')
}

function html(path: string): string {
  return path.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function capped(head: readonly string[], details: readonly string[]): string {
  const kept: string[] = [...head]
  let length = head.join('\n\n').length
  for (const [index, detail] of details.entries()) {
    length += detail.length + 2
    if (length > longestComment - reserve) {
      kept.push(
        `${counted(details.length - index, 'more finding')} not shown: a comment has no room for them.`,
      )
      break
    }
    kept.push(detail)
  }
  return `${kept.join('\n\n')}\n`
}

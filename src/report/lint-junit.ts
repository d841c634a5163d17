import type { Finding, LintedFile, LintReport, Severity, SuppressedFinding } from '../model/finding.ts'
import type { Problem } from '../model/problem.ts'
import { placeOf } from './caret-frame.ts'
import { gravity } from './lint-counts.ts'
import { withWork } from './work-words.ts'

/**
 * A test suite a file, a test case a finding: failed from `failOn` on, else passed with its words as output; skipped where
 * it is suppressed. A file without any is one test case that passed.
 * https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
 */
export function lintJunit(report: LintReport, failOn: Severity): string {
  const suites = report.files.map((file) => suiteOf(file, failOn))
  const count = (what: 'tests' | 'failures' | 'errors') => suites.reduce((sum, suite) => sum + suite[what], 0)
  const counts = { tests: count('tests'), failures: count('failures'), errors: count('errors') }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    element(
      'testsuites',
      { name: 'migrate lint', ...counts },
      suites.map(({ xml }) => xml),
    ),
    '',
  ].join('\n')
}

interface Suite {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly xml: string
}

function suiteOf({ path, findings, suppressed, problems }: LintedFile, failOn: Severity): Suite {
  const fails = (finding: Finding) => gravity[finding.severity] <= gravity[failOn]
  const cases = [
    ...findings.map((finding) => testCase(finding, path, [verdict(finding, path, fails(finding))])),
    ...suppressed.map((finding) => testCase(finding, path, [skipped(finding)])),
    ...problems.map((problem) => problemCase(problem, path)),
  ]
  const failures = findings.filter(fails).length
  const clean = element('testcase', { name: 'no findings', classname: path }, [])
  const counts = {
    tests: Math.max(1, cases.length),
    failures,
    errors: problems.length,
    skipped: suppressed.length,
  }
  const xml = element('testsuite', { name: path, ...counts }, cases.length === 0 ? [clean] : cases)
  return { ...counts, xml }
}

function testCase(finding: Finding, path: string, children: readonly string[]): string {
  const place = placeOf({ path, ...finding })
  return element('testcase', { name: `${finding.rule} (${place})`, classname: path }, children)
}

function verdict(finding: Finding, path: string, fails: boolean): string {
  const { rule, severity, message, effect, instead } = finding
  const words = `${placeOf({ path, ...finding })}\n${severity} ${rule}: ${withWork(finding)}\n${effect}\n→ ${instead}`
  return fails
    ? `<failure type="${attribute(rule)}" message="${attribute(message)}">${escaped(words)}</failure>`
    : `<system-out>${escaped(words)}</system-out>`
}

function skipped({ because, message }: SuppressedFinding): string {
  const reason = because === null ? 'in the baseline' : `allowed because ${because}`
  return `<skipped message="${attribute(reason)}">${escaped(message)}</skipped>`
}

function problemCase({ code, message, hint, position }: Problem, path: string): string {
  const place = position === null ? path : placeOf(position)
  const words = hint === null ? place : `${place}\n→ ${hint}`
  return element('testcase', { name: `${code} (${place})`, classname: path }, [
    `<error type="${attribute(code)}" message="${attribute(message)}">${escaped(words)}</error>`,
  ])
}

function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  children: readonly string[],
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(String(value))}"`)
  const open = `<${name}${written.join('')}`
  if (children.length === 0) return `${open}/>`
  return [`${open}>`, ...children, `</${name}>`].join('\n')
}

function attribute(text: string): string {
  return escaped(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}

/** XML 1.0 has no way at all to write most control characters (https://www.w3.org/TR/xml/#charsets). */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}

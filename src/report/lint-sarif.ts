import type { Finding, LintReport, RuleManual, Severity, SuppressedFinding } from '../model/finding.ts'
import type { Problem } from '../model/problem.ts'
import { text } from './markdown.ts'
import { withWork } from './work-words.ts'

const levels = { error: 'error', warning: 'warning', info: 'note' } satisfies Record<Severity, string>

/**
 * SARIF 2.1.0, as code scanning services take it: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 * Statements that were not understood are notifications of the tool, not results (3.58).
 */
export function lintSarif(
  report: LintReport,
  context: {
    readonly version: string
    /** Of every rule that the report may name. */
    readonly manuals: readonly RuleManual[]
    /** A file's line, from 1. */
    readonly lineOf: (path: string, line: number) => string
  },
): string {
  const named = new Set(
    report.files.flatMap(({ findings, suppressed }) => [...findings, ...suppressed].map(({ rule }) => rule)),
  )
  const rules = context.manuals.filter(({ id }) => named.has(id))
  const indexOf = (id: string) => rules.findIndex((rule) => rule.id === id)
  const results = report.files.flatMap(({ path, findings, suppressed }) => [
    ...findings.map((finding) => ({
      ...resultOf(finding, path, indexOf(finding.rule), context.lineOf),
      suppressions: [],
    })),
    ...suppressed.map((finding) => ({
      ...resultOf(finding, path, indexOf(finding.rule), context.lineOf),
      suppressions: [suppressionOf(finding)],
    })),
  ])
  const problems = report.files.flatMap((file) => file.problems)
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'lockstep', semanticVersion: context.version, rules: rules.map(descriptorOf) },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: problems.length === 0,
            toolExecutionNotifications: problems.map(notificationOf),
          },
        ],
        results,
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function descriptorOf({ id, severity, what, why, instead, reference }: RuleManual) {
  const sentences = [what, why, instead]
  return {
    id,
    shortDescription: { text: what },
    fullDescription: { text: `${what} ${why}` },
    help: {
      text: [...sentences, reference].join('\n\n'),
      markdown: [
        ...sentences.map(text),
        reference.startsWith('https://') ? `<${reference}>` : text(reference),
      ].join('\n\n'),
    },
    ...(reference.startsWith('https://') ? { helpUri: reference } : {}),
    defaultConfiguration: { level: levels[severity] },
  }
}

function resultOf(
  finding: Finding,
  path: string,
  ruleIndex: number,
  lineOf: (path: string, line: number) => string,
) {
  const { rule, severity, line, column, endLine, endColumn, instead, work, fingerprint } = finding
  const region = { startLine: line, startColumn: column, endLine, endColumn }
  const snippet = line === endLine ? lineOf(path, line).slice(column - 1, endColumn - 1) : ''
  return {
    ruleId: rule,
    ...(ruleIndex < 0 ? {} : { ruleIndex }),
    level: levels[severity],
    message: { text: `${withWork(finding)} ${instead}` },
    // 3.8: what is no part of the format, for who wants to reckon with it.
    ...(work === null ? {} : { properties: { work } }),
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(path) },
          region: snippet === '' ? region : { ...region, snippet: { text: snippet } },
        },
      },
    ],
    fingerprints: { 'lockstep/v1': fingerprint },
    // The one that GitHub looks at.
    partialFingerprints: { primaryLocationLineHash: fingerprint },
  }
}

/** 3.35: a comment stands in the source, a baseline outside of it. */
function suppressionOf({ suppressedBy, because }: SuppressedFinding) {
  const kinds = { comment: 'inSource', baseline: 'external' } satisfies Record<typeof suppressedBy, string>
  return {
    kind: kinds[suppressedBy],
    status: 'accepted',
    justification: because ?? 'It is in the baseline file.',
  }
}

function notificationOf({ code, message, hint, position }: Problem) {
  const place =
    position === null
      ? []
      : [
          {
            physicalLocation: {
              artifactLocation: { uri: uriOf(position.path) },
              region: {
                startLine: position.line,
                startColumn: position.column,
                endLine: position.endLine,
                endColumn: position.endColumn,
              },
            },
          },
        ]
  return {
    level: 'error',
    descriptor: { id: code },
    message: { text: hint === null ? message : `${message} ${hint}` },
    locations: place,
  }
}

/** A relative reference of RFC 3986; a colon in it is encoded, so that no segment is taken for a scheme. */
function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

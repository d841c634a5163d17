import { startBatch } from '../catalog/replay.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { walk } from '../effects/walk.ts'
import type { Finding, LintedFile, LintReport, Severity } from '../model/finding.ts'
import type { TransactionMode } from '../model/migration.ts'
import { detectInFile, type RuleDetection } from '../rules/detect.ts'
import type { Rule } from '../rules/define-rule.ts'
import { rules as allRules } from '../rules/index.ts'
import { lineIndex } from '../sql/line-index.ts'
import type { Script } from '../sql/parse-script.ts'
import { lintedStatements } from './linted-statement.ts'
import { suppress, type LocatedFinding } from './suppression.ts'

export interface LintInput {
  readonly script: Script
  readonly transaction: TransactionMode
  /** False: the file is only there for what it makes of the catalog. */
  readonly report: boolean
}

export interface LintOptions {
  /** As it is before the first file; nothing in it counts as new. */
  readonly catalog: Catalog
  readonly serverVersion: { readonly min: number; readonly max: number }
  /** By rule; a rule that is not named keeps its own. */
  readonly severities: Readonly<Record<string, Severity | 'off'>>
}

/**
 * Lints files in their order, each in the catalog that the files before it leave behind. A statement that could not be
 * understood is among the file's problems; the others are linted all the same.
 */
export function lintMigrations(inputs: readonly LintInput[], options: LintOptions): LintReport {
  const files: LintedFile[] = []
  let suppressed = 0
  let { catalog } = options
  for (const { script, transaction, report } of inputs) {
    // What earlier files made is live by now.
    catalog = startBatch(catalog)
    if (!report) {
      catalog = walk(script.statements, {
        transaction,
        catalog,
        serverVersion: options.serverVersion,
      }).catalog
      continue
    }
    const linted = lintFile(script, transaction, { ...options, catalog })
    catalog = linted.catalog
    suppressed += linted.suppressed
    files.push(linted.file)
  }
  return { formatVersion: 1, files, summary: summaryOf(files, suppressed) }
}

function lintFile(
  script: Script,
  transaction: TransactionMode,
  { catalog, serverVersion, severities }: LintOptions,
): { readonly file: LintedFile; readonly catalog: Catalog; readonly suppressed: number } {
  const detected = detectInFile(script, { transaction, catalog, serverVersion, rules: rulesIn(severities) })
  const located = detected.detections.map((detection) => locatedFinding(detection, detected, severities))
  const left = suppress(located, script.comments, allRules)
  const lines = lineIndex(script.text)
  const findings = left.findings
    .filter(({ rule }) => severities[rule] !== 'off')
    .map(({ rule, severity, span, message, effect, instead }): Finding => {
      const { line, column, endLine, endColumn } = lines.positionOf(span, script.path)
      return { rule, severity, line, column, endLine, endColumn, message, effect, instead }
    })
    .sort((one, other) => one.line - other.line || one.column - other.column)
  const file = {
    path: script.path,
    statements: [...lintedStatements(script, detected.judged, lines)],
    findings,
    problems: [...script.problems],
  }
  return { file, catalog: detected.catalog, suppressed: left.suppressed }
}

const enabled = new WeakMap<LintOptions['severities'], readonly Rule[]>()

/** The same array for the same config: rules are indexed by it. */
function rulesIn(severities: LintOptions['severities']): readonly Rule[] {
  const known = enabled.get(severities)
  if (known !== undefined) return known
  const rules = allRules.filter(({ id }) => severities[id] !== 'off')
  enabled.set(severities, rules)
  return rules
}

function locatedFinding(
  { rule, message, severity, span, claims }: RuleDetection,
  { judged }: ReturnType<typeof detectInFile>,
  severities: LintOptions['severities'],
): LocatedFinding {
  const configured = severities[rule.id]
  return {
    rule: rule.id,
    severity: configured === undefined || configured === 'off' ? severity : configured,
    message,
    effect: rule.docs.why,
    instead: rule.docs.instead,
    span,
    statement: judged[claims.at(-1) ?? claims[0]]?.statement.index ?? null,
  }
}

function summaryOf(files: readonly LintedFile[], suppressed: number): LintReport['summary'] {
  const findings = files.flatMap((file) => file.findings)
  const counted = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length
  return {
    files: files.length,
    statements: files.reduce((count, { statements }) => count + statements.length, 0),
    errors: counted('error'),
    warnings: counted('warning'),
    infos: counted('info'),
    problems: files.reduce((count, { problems }) => count + problems.length, 0),
    suppressed,
  }
}

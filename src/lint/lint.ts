import { startBatch } from '../catalog/replay.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { walk } from '../effects/walk.ts'
import type { Finding, LintedFile, LintReport, Severity, SuppressedFinding } from '../model/finding.ts'
import type { TransactionMode } from '../model/migration.ts'
import { detectInFile, type RuleDetection } from '../rules/detect.ts'
import type { Rule } from '../rules/define-rule.ts'
import { rules as allRules } from '../rules/index.ts'
import { lineIndex, type LineIndex } from '../sql/line-index.ts'
import type { Script } from '../sql/parse-script.ts'
import { fingerprints } from './fingerprint.ts'
import { lintedStatements } from './linted-statement.ts'
import { emptyFile } from './own-findings.ts'
import { sizedFinding, type SizeOptions } from './sized-finding.ts'
import { suppress, type LocatedFinding, type Suppression } from './suppression.ts'

export interface LintInput {
  readonly script: Script
  readonly transaction: TransactionMode
  /** False: the file is only there for what it makes of the catalog. */
  readonly report: boolean
  /** For this file, in place of those for all. */
  readonly severities?: LintOptions['severities']
}

export interface LintOptions {
  /** As it is before the first file; nothing in it counts as new. */
  readonly catalog: Catalog
  /**
   * What goes live together. `file`: an application is at work on what a file made before the next one runs. `all`: the
   * files are one release, and what the first makes is new to the last.
   */
  readonly batch: 'file' | 'all'
  readonly serverVersion: { readonly min: number; readonly max: number }
  /** Null: the catalog does not know how large tables are. */
  readonly sizes: SizeOptions | null
  /** By rule; a rule that is not named keeps its own. Where only small tables are concerned, `info` stands over it. */
  readonly severities: Readonly<Record<string, Severity | 'off'>>
}

/**
 * Lints files in their order, each in the catalog that the files before it leave behind. A statement that could not be
 * understood is among the file's problems; the others are linted all the same.
 */
export function lintMigrations(inputs: readonly LintInput[], options: LintOptions): LintReport {
  const files: LintedFile[] = []
  const unsettled: Unsettled = new Map()
  let catalog = startBatch(options.catalog)
  for (const { script, transaction, report, severities = options.severities } of inputs) {
    if (options.batch === 'file') catalog = startBatch(catalog)
    if (!report) {
      catalog = walk(script.statements, {
        transaction,
        catalog,
        serverVersion: options.serverVersion,
      }).catalog
      continue
    }
    const linted = lintFile(script, transaction, { ...options, severities, catalog }, unsettled)
    catalog = linted.catalog
    files.push(linted.file)
  }
  const left = withoutSettled(files, unsettled, catalog)
  return { formatVersion: 1, files: left, staleBaseline: [], summary: summaryOf(left) }
}

/** Findings that a later file may settle, each with how to tell. */
type Unsettled = Map<Finding, (end: Catalog) => boolean>

function withoutSettled(files: LintedFile[], unsettled: Unsettled, end: Catalog): LintedFile[] {
  const settled = new Set(
    [...unsettled].flatMap(([finding, isSettledBy]) => (isSettledBy(end) ? [finding] : [])),
  )
  if (settled.size === 0) return files
  return files.map((file) => ({ ...file, findings: file.findings.filter((one) => !settled.has(one)) }))
}

function lintFile(
  script: Script,
  transaction: TransactionMode,
  { catalog, serverVersion, severities, sizes }: LintOptions,
  unsettled: Unsettled,
): { readonly file: LintedFile; readonly catalog: Catalog } {
  const detected = detectInFile(script, { transaction, catalog, serverVersion, rules: rulesIn(severities) })
  const located = [
    ...detected.detections.map((detection) => locatedFinding(detection, detected, severities, sizes)),
    ...(script.text.trim() === '' ? [nothingIn(severities)] : []),
  ]
  const left = suppress(located, script.comments, allRules, (rule) => isOff(rule, severities))
  const lines = lineIndex(script.text)
  const { findings, suppressed } = placed(
    left.findings.filter(({ rule }) => severities[rule] !== 'off'),
    left.suppressed,
    script,
    lines,
    unsettled,
  )
  const file = {
    path: script.path,
    statements: [...lintedStatements(script, detected.judged, lines)],
    findings,
    suppressed,
    problems: [...script.problems],
  }
  return { file, catalog: detected.catalog }
}

/** In the order of the text, numbered together: one that is suppressed does not give its number to the next. */
function placed(
  left: readonly LocatedFinding[],
  taken: readonly Suppression[],
  script: Script,
  lines: LineIndex,
  unsettled: Unsettled,
): { readonly findings: Finding[]; readonly suppressed: SuppressedFinding[] } {
  const findings: Finding[] = []
  const suppressed: SuppressedFinding[] = []
  const fingerprintOf = fingerprints(script.path)
  const all = [...left.map((finding) => ({ finding, because: null })), ...taken]
  for (const { finding, because } of all.sort((one, other) => inText(one.finding, other.finding))) {
    const {
      rule,
      severity,
      span,
      message,
      effect,
      instead,
      statement,
      work = null,
      isSettledBy = null,
    } = finding
    const { line, column, endLine, endColumn } = lines.positionOf(span, script.path)
    const text = statement === null ? undefined : script.statements[statement]?.text
    const fingerprint = fingerprintOf(rule, text ?? '')
    const place = { line, column, endLine, endColumn }
    const one = { rule, severity, ...place, message, effect, instead, work, fingerprint }
    if (because === null) {
      findings.push(one)
      if (isSettledBy !== null) unsettled.set(one, isSettledBy)
    } else suppressed.push({ ...one, suppressedBy: 'comment', because })
  }
  return { findings, suppressed }
}

function inText(one: LocatedFinding, other: LocatedFinding): number {
  return one.span.start - other.span.start
}

const ofTaste: ReadonlySet<string> = new Set(
  allRules.flatMap(({ id, optIn }) => (optIn === true ? [id] : [])),
)

function isOff(rule: string, severities: LintOptions['severities']): boolean {
  return (severities[rule] ?? (ofTaste.has(rule) ? 'off' : null)) === 'off'
}

const enabled = new WeakMap<LintOptions['severities'], readonly Rule[]>()

/** The same array for the same config: rules are indexed by it. */
function rulesIn(severities: LintOptions['severities']): readonly Rule[] {
  const known = enabled.get(severities)
  if (known !== undefined) return known
  const rules = allRules.filter(({ id }) => !isOff(id, severities))
  enabled.set(severities, rules)
  return rules
}

function locatedFinding(
  detection: RuleDetection,
  { judged }: ReturnType<typeof detectInFile>,
  severities: LintOptions['severities'],
  sizes: LintOptions['sizes'],
): LocatedFinding {
  const { rule, span, claims } = detection
  const configured = severities[rule.id]
  const severity = configured === undefined || configured === 'off' ? detection.severity : configured
  return {
    rule: rule.id,
    ...sizedFinding({ ...detection, severity }, judged, sizes),
    effect: rule.docs.why,
    instead: rule.docs.instead,
    span,
    isSettledBy: detection.isSettledBy,
    statement: judged[claims.at(-1) ?? claims[0]]?.statement.index ?? null,
  }
}

function nothingIn(severities: LintOptions['severities']): LocatedFinding {
  const { id, severity, why, instead } = emptyFile
  const configured = severities[id]
  return {
    rule: id,
    severity: configured === undefined || configured === 'off' ? severity : configured,
    message: 'The file is empty.',
    effect: why,
    instead,
    span: { start: 0, end: 0 },
    statement: null,
  }
}

/** What a report counts, from what is in its files. */
export function summaryOf(files: readonly LintedFile[]): LintReport['summary'] {
  const findings = files.flatMap((file) => file.findings)
  const counted = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length
  const suppressed = files.flatMap((file) => file.suppressed)
  const suppressedBy = (what: SuppressedFinding['suppressedBy']) =>
    suppressed.filter((finding) => finding.suppressedBy === what).length
  return {
    files: files.length,
    statements: files.reduce((count, { statements }) => count + statements.length, 0),
    errors: counted('error'),
    warnings: counted('warning'),
    infos: counted('info'),
    problems: files.reduce((count, { problems }) => count + problems.length, 0),
    suppressed: suppressedBy('comment'),
    baselined: suppressedBy('baseline'),
  }
}

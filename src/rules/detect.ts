/**
 * Rules over one file, for `lint/` and `plan/` alike. Says what each rule sees, and offers its replacement; suppressions
 * and severities of the config are lint's business, choosing among replacements is the planner's.
 */
import type { Catalog } from '../catalog/catalog.ts'
import { walk, type JudgedAction } from '../effects/walk.ts'
import type { Severity } from '../model/finding.ts'
import type { TransactionMode } from '../model/migration.ts'
import type { Span } from '../model/position.ts'
import type { ActionKind } from '../model/statement.ts'
import type { LockstepComment } from '../sql/lockstep-comment.ts'
import type { Script } from '../sql/parse-script.ts'
import type {
  ActionRule,
  Detection,
  FileRule,
  Replacement,
  Rule,
  RuleContext,
  TransactionRule,
} from './define-rule.ts'

export interface DetectOptions {
  readonly transaction: TransactionMode
  /** As it is before the file. */
  readonly catalog: Catalog
  readonly serverVersion: { readonly min: number; readonly max: number }
  readonly rules: readonly Rule[]
}

/** What one rule sees in a file. */
export interface RuleDetection {
  readonly rule: Rule
  readonly message: string
  readonly severity: Severity
  /** Where the (last) action that it speaks of stands. */
  readonly span: Span
  /** Indexes into `judged`: the actions that a replacement takes the place of. */
  readonly claims: readonly [number, ...number[]]
  /** The steps in their place; null where the rule only advises. Made when asked for. */
  readonly replace: (() => Replacement) | null
  /** See `Detection`. What this file settles by itself is not among its detections. */
  readonly isSettledBy: ((end: Catalog) => boolean) | null
}

export interface DetectedFile {
  readonly judged: readonly JudgedAction[]
  /** In the order of the actions on which they stand; those of one action in the order of the registry. */
  readonly detections: readonly RuleDetection[]
  /** As the file leaves it. */
  readonly catalog: Catalog
}

export function detectInFile(script: Script, options: DetectOptions): DetectedFile {
  const { judged, catalog } = walk(script.statements, options)
  const { serverVersion } = options
  const registry = registryOf(options.rules)
  const detections: RuleDetection[] = []
  for (const [index, one] of judged.entries()) {
    const here = registry.byKind.get(one.action.kind)
    if (here === undefined) continue
    const context = contextOf(one, script.comments, serverVersion)
    for (const rule of here) {
      const detection = detectAction(rule, index, context)
      if (detection !== null) detections.push(detection)
    }
  }
  for (const positions of transactionsOf(judged)) {
    const actions = positions.flatMap((position) => judged[position] ?? [])
    for (const rule of registry.ofTransactions) {
      detections.push(...detectTogether(rule, { positions, actions }, serverVersion))
    }
  }
  for (const rule of registry.ofFiles) {
    const whole = { positions: [...judged.keys()], actions: judged }
    detections.push(...detectTogether(rule, whole, serverVersion))
  }
  const open = detections.filter(({ isSettledBy }) => isSettledBy?.(catalog) !== true)
  return { judged, catalog, detections: inOrder(open, registry) }
}

/** What a rule is told of one action, for whoever calls `replace` without `detectInFile`. */
export function contextOf(
  judged: JudgedAction,
  comments: readonly LockstepComment[],
  serverVersion: DetectOptions['serverVersion'],
): RuleContext {
  const { index } = judged.statement
  const here =
    comments.length === 0
      ? comments
      : comments.filter(({ statementIndex }) => statementIndex === null || statementIndex === index)
  return { catalog: judged.catalog, judged, serverVersion, comments: here }
}

function detectAction(rule: ActionRule, index: number, context: RuleContext): RuleDetection | null {
  const { action } = context.judged
  const detection = rule.detect(action, context)
  if (detection === null) return null
  const { replace } = rule
  return {
    ...worded(rule, detection),
    span: action.span,
    claims: [index],
    replace: replace === undefined ? null : () => replace(action, context),
  }
}

function detectTogether(
  rule: TransactionRule | FileRule,
  {
    positions,
    actions,
  }: { readonly positions: readonly number[]; readonly actions: readonly JudgedAction[] },
  serverVersion: DetectOptions['serverVersion'],
): readonly RuleDetection[] {
  return rule.detect(actions, { serverVersion }).map((detection) => {
    const claimed = detection.claims.flatMap((claim) => actions[claim] ?? [])
    const last = claimed.at(-1)
    const [first, ...more] = detection.claims.map((claim) => positions[claim] ?? 0)
    if (last === undefined || first === undefined)
      throw new Error(`${rule.id} claims an action that is not there`)
    const replace = rule.scope === 'transaction' ? rule.replace : undefined
    return {
      ...worded(rule, detection),
      span: last.action.span,
      claims: [first, ...more],
      replace: replace === undefined ? null : () => replace(claimed, { serverVersion }),
    }
  })
}

function worded(
  rule: Rule,
  detection: Detection,
): Pick<RuleDetection, 'rule' | 'message' | 'severity' | 'isSettledBy'> {
  const { message, severity = rule.severity, isSettledBy } = detection
  return { rule, message, severity, isSettledBy: isSettledBy ?? null }
}

/** Positions of the judged actions of each transaction. */
function transactionsOf(judged: readonly JudgedAction[]): readonly (readonly number[])[] {
  const transactions = new Map<number, number[]>()
  for (const [position, { transaction }] of judged.entries()) {
    const members = transactions.get(transaction.number)
    if (members === undefined) transactions.set(transaction.number, [position])
    else members.push(position)
  }
  return [...transactions.values()]
}

function inOrder(detections: readonly RuleDetection[], { numberOf }: Registry): readonly RuleDetection[] {
  if (detections.length < 2) return detections
  const stands = ({ claims }: RuleDetection) => claims.at(-1) ?? claims[0]
  const number = ({ rule }: RuleDetection) => numberOf.get(rule) ?? 0
  return [...detections].sort((one, other) => stands(one) - stands(other) || number(one) - number(other))
}

interface Registry {
  readonly byKind: ReadonlyMap<ActionKind, readonly ActionRule[]>
  readonly ofTransactions: readonly TransactionRule[]
  readonly ofFiles: readonly FileRule[]
  readonly numberOf: ReadonlyMap<Rule, number>
}

const registries = new WeakMap<readonly Rule[], Registry>()

/** Made once for each list of rules: a thousand files ask. */
function registryOf(rules: readonly Rule[]): Registry {
  const known = registries.get(rules)
  if (known !== undefined) return known
  const byKind = new Map<ActionKind, ActionRule[]>()
  for (const rule of rules) {
    if (rule.scope !== 'action') continue
    for (const kind of rule.on) byKind.set(kind, [...(byKind.get(kind) ?? []), rule])
  }
  const registry = {
    byKind,
    ofTransactions: rules.filter((rule) => rule.scope === 'transaction'),
    ofFiles: rules.filter((rule) => rule.scope === 'file'),
    numberOf: new Map(rules.map((rule, number) => [rule, number])),
  }
  registries.set(rules, registry)
  return registry
}

/**
 * One pending file cut into units: actions that are decided together. Invariant: every action of the file is in exactly
 * one unit, and a unit ends in steps, in a note or in a refusal, so that nothing of the input is dropped in silence.
 */
import type { JudgedAction } from '../effects/walk.ts'
import type { Rule } from '../rules/define-rule.ts'
import type { DetectedFile, RuleDetection } from '../rules/detect.ts'
import type { LockstepComment } from '../sql/lockstep-comment.ts'
import {
  explicitBlocks,
  howToSplit,
  isCatalogOnly,
  keptTogether,
  splitAllowedBecause,
  type Block,
} from './blocks.ts'
import {
  decideAction,
  decideByRule,
  decideOnLiveTables,
  type Decision,
  type ServerVersion,
} from './decide.ts'
import { mergeSteps } from './merge.ts'
import { swapsIn } from './swaps.ts'

export interface Unit {
  /** Indexes into the file's judged actions. */
  readonly actions: readonly number[]
  /** The one that it is said to come from: the BEGIN of a transaction, else the last. */
  readonly source: number
  readonly decision: Decision
}

export interface UnitOptions {
  readonly comments: readonly LockstepComment[]
  readonly rules: readonly Rule[]
  readonly serverVersion: ServerVersion
  /** Actions that meet tables of this plan which the new application already uses. */
  readonly live: ReadonlySet<number>
}

export function unitsOf(file: DetectedFile, options: UnitOptions): readonly Unit[] {
  const blocks = explicitBlocks(file.judged).map((block) => decideBlock(block, file, options))
  const inBlock = new Set(blocks.flatMap(({ actions }) => actions))
  const apart = new Set([...inBlock, ...options.live])
  const claimed = claimedUnits(file.detections, apart)
  const spokenFor = new Set([...apart, ...claimed.flatMap(({ actions }) => actions)])
  const swaps = swapsIn(file.judged, options.serverVersion)
    .filter(({ actions }) => !actions.some((at) => spokenFor.has(at)))
    .map((swap): Unit => ({ ...swap, source: Math.max(...swap.actions) }))
  const taken = new Set([...blocks, ...claimed, ...swaps].flatMap(({ actions }) => actions))
  const single = file.judged.flatMap((judged, at): Unit[] =>
    taken.has(at) ? [] : [{ actions: [at], source: at, decision: decideOne(judged, at, file, options) }],
  )
  const units = [...blocks, ...claimed, ...swaps, ...single].sort((one, other) => lastOf(one) - lastOf(other))
  const whole = mergedByStatement(units, file.judged)
  assertComplete(whole, file.judged)
  return whole
}

function lastOf(unit: Unit): number {
  return Math.max(...unit.actions)
}

/** Rules that speak for several actions at once come before those that speak for one. */
function claimedUnits(detections: readonly RuleDetection[], spokenFor: ReadonlySet<number>): readonly Unit[] {
  const taken = new Set(spokenFor)
  return detections.flatMap((detection): Unit[] => {
    const { rule, claims, replace } = detection
    if (rule.scope !== 'transaction' || replace === null || claims.some((claim) => taken.has(claim)))
      return []
    for (const claim of claims) taken.add(claim)
    return [{ actions: claims, source: Math.max(...claims), decision: decideByRule(detection, replace()) }]
  })
}

function decideOne(judged: JudgedAction, at: number, file: DetectedFile, options: UnitOptions): Decision {
  const { comments, rules, serverVersion, live } = options
  if (live.has(at)) return decideOnLiveTables(judged, comments, rules, serverVersion)
  const own = file.detections.filter(({ rule, claims }) => rule.scope === 'action' && claims[0] === at)
  return decideAction(judged, own, serverVersion)
}

/** A block that is kept or refused; one that may be split dissolves into its control statements. */
function decideBlock(block: Block, file: DetectedFile, options: UnitOptions): Unit {
  const { judged } = file
  const source = block.actions[0] ?? 0
  const whole = { actions: block.actions, source }
  const takenBack = block.actions.flatMap((at) => judged[at] ?? []).find(({ action }) => isTakingBack(action))
  if (takenBack !== undefined) {
    // Cut into steps, what stands before it would run and stay.
    return { ...whole, decision: decideAction(takenBack, [], options.serverVersion) }
  }
  const because = splitAllowedBecause(block, judged, options.comments)
  if (because !== null) {
    const control = block.actions.filter((at) => judged[at]?.action.kind === 'transaction')
    return {
      actions: control,
      source,
      decision: { kind: 'note', note: `this transaction is split: ${because}` },
    }
  }
  if (block.working.some((at) => options.live.has(at))) {
    const message =
      'this transaction cannot stay one step: by then the new application uses a table of this plan that it changes'
    return { ...whole, decision: { kind: 'refused', message, hint: howToSplit } }
  }
  const working = block.working.flatMap((at) => judged[at] ?? [])
  const obstacle = working.find((one) => !isCatalogOnly(one))
  if (obstacle !== undefined) {
    const kind = obstacle.action.kind.replaceAll('-', ' ')
    const message = `this transaction cannot stay one step: its ${kind} is more than a change of the catalog`
    return { ...whole, decision: { kind: 'refused', message, hint: howToSplit } }
  }
  const failing = file.detections.find(
    ({ rule, claims }) =>
      rule.examples.refused !== undefined &&
      rule.scope === 'transaction' &&
      claims.every((claim) => block.actions.includes(claim)),
  )
  if (failing !== undefined) {
    const message = `${failing.rule.id}: ${failing.message}`
    return { ...whole, decision: { kind: 'refused', message, hint: howToSplit } }
  }
  const decisions = block.actions
    .filter((at) => judged[at]?.action.kind !== 'transaction' || !isPlainControl(judged[at]))
    .flatMap((at) => {
      const one = judged[at]
      return one === undefined ? [] : [decideAction(one, [], options.serverVersion)]
    })
  const refusals = decisions.flatMap((decision) => (decision.kind === 'refused' ? [decision] : []))
  const [first] = refusals
  if (first === undefined) return { ...whole, decision: keptTogether(decisions) }
  const hint = [...new Set(refusals.map((refusal) => refusal.hint))].join(' ')
  return { ...whole, decision: { ...first, hint } }
}

function isTakingBack(action: JudgedAction['action']): boolean {
  return (
    action.kind === 'transaction' &&
    (action.verb === 'rollback' || action.verb === 'rollback-to' || action.verb === 'prepare')
  )
}

function isPlainControl(judged: JudgedAction | undefined): boolean {
  const action = judged?.action
  return action?.kind === 'transaction' && (action.verb === 'begin' || action.verb === 'commit')
}

/** Neighboring catalog-only pieces of one ALTER TABLE go as the one statement they came in. */
function mergedByStatement(units: readonly Unit[], judged: readonly JudgedAction[]): readonly Unit[] {
  const runs: Unit[][] = []
  for (const unit of units) {
    const run = runs.at(-1)
    const before = run?.at(-1)
    if (run !== undefined && before !== undefined && areOneStatement(before, unit, judged)) run.push(unit)
    else runs.push([unit])
  }
  return runs.map((run) => mergedRun(run, judged))
}

function areOneStatement(one: Unit, other: Unit, judged: readonly JudgedAction[]): boolean {
  const [first, second] = [one, other].map((unit) => judged[lastOf(unit)]?.statement.index)
  const phase = mergeablePhase(one)
  if (first !== second || phase === null || phase !== mergeablePhase(other)) return false
  // A second table in use would be locked for as long as the first one is waited for.
  return new Set([...relationsLocked(one), ...relationsLocked(other)]).size <= 1
}

function relationsLocked({ decision }: Unit): readonly string[] {
  if (decision.kind !== 'steps') return []
  return decision.steps.flatMap(({ locks }) => locks.map(({ relation }) => relation))
}

/** The phase of the single `ddl` step with the author's own SQL; null where it is anything else. */
function mergeablePhase({ actions, decision }: Unit): string | null {
  if (actions.length !== 1 || decision.kind !== 'steps' || decision.rule !== null) return null
  const [step] = decision.steps
  return decision.steps.length === 1 && step?.kind === 'ddl' ? step.phase : null
}

function mergedRun(run: readonly Unit[], judged: readonly JudgedAction[]): Unit {
  const [first] = run
  if (first === undefined) throw new Error('a run of units is never empty')
  if (run.length === 1 || first.decision.kind !== 'steps') return first
  const actions = run.flatMap((unit) => unit.actions)
  const { statement } = judged[lastOf(first)] ?? {}
  const isWhole = statement !== undefined && statement.actions.length === actions.length
  const made = run.flatMap(({ decision }) => (decision.kind === 'steps' ? [decision] : []))
  const step = mergeSteps(
    made.flatMap(({ steps }) => steps),
    isWhole ? [statement.text] : null,
  )
  if (step === null) return first
  return {
    actions,
    source: first.source,
    decision: { ...first.decision, steps: [step], notes: made.flatMap(({ notes }) => notes) },
  }
}

function assertComplete(units: readonly Unit[], judged: readonly JudgedAction[]): void {
  const seen = units.flatMap(({ actions }) => actions).sort((one, other) => one - other)
  const isComplete = seen.length === judged.length && seen.every((at, index) => at === index)
  if (!isComplete) throw new Error(`${judged.length} actions, but units for ${seen.join(', ')}`)
}

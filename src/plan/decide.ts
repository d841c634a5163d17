/** What becomes of one action: the steps of the rule that speaks for it, the author's own SQL, a note, or a refusal. */
import { effectOf } from '../effects/effect-of.ts'
import { stallsOf } from '../effects/stalls.ts'
import type { JudgedAction } from '../effects/walk.ts'
import type { DraftStep } from '../model/plan.ts'
import { startBatch } from '../catalog/replay.ts'
import type { Replacement, Rule } from '../rules/define-rule.ts'
import { contextOf, type RuleDetection } from '../rules/detect.ts'
import type { LockstepComment } from '../sql/lockstep-comment.ts'
import { explainStall } from './explain-stall.ts'
import { nativeStep } from './native-step.ts'

export interface ServerVersion {
  readonly min: number
  readonly max: number
}

export type Decision =
  | {
      readonly kind: 'steps'
      readonly rule: string | null
      readonly steps: readonly DraftStep[]
      readonly notes: readonly string[]
      /** See `Replacement`. */
      readonly differences?: readonly string[]
      readonly unnoticed: boolean
    }
  | { readonly kind: 'note'; readonly note: string | null }
  | { readonly kind: 'refused'; readonly message: string; readonly hint: string }

/** `detections`: those that stand on this action alone, in the order of the registry. */
export function decideAction(
  judged: JudgedAction,
  detections: readonly RuleDetection[],
  serverVersion: ServerVersion,
): Decision {
  const replaced = detections.find(({ replace }) => replace !== null)
  if (replaced !== undefined && replaced.replace !== null) return decideByRule(replaced, replaced.replace())
  return decideNatively(judged, serverVersion)
}

export function decideByRule(
  detection: Pick<RuleDetection, 'rule' | 'message'>,
  answer: Replacement,
): Decision {
  if ('cannot' in answer) {
    return { kind: 'refused', message: `${detection.rule.id}: ${detection.message}`, hint: answer.cannot }
  }
  return {
    kind: 'steps',
    rule: detection.rule.id,
    steps: answer.steps,
    notes: answer.notes ?? [],
    ...(answer.differences === undefined ? {} : { differences: answer.differences }),
    unnoticed: false,
  }
}

/** As if it were alone in its transaction, which in a plan it is. */
function decideNatively(judged: JudgedAction, serverVersion: ServerVersion): Decision {
  const answer = nativeStep(judged, serverVersion)
  if ('cannot' in answer) {
    const what = judged.action.kind === 'other' ? judged.action.tag : judged.action.kind.replaceAll('-', ' ')
    return { kind: 'refused', message: `this ${what} cannot be a step of a plan`, hint: answer.cannot }
  }
  if ('note' in answer) return { kind: 'note', note: answer.note }
  const { stopsNobody, ...made } = answer
  const stalls = stopsNobody ? null : stallsOf(judged.effect, [])
  if (stalls !== null) {
    return { kind: 'refused', ...explainStall(judged.action.kind, judged.effect, stalls) }
  }
  return { kind: 'steps', rule: null, ...made }
}

/**
 * The same action once more, on tables of this plan that the new application already uses: a gate stands between the
 * step that creates them and this one, so that nothing about them is new any more.
 */
export function decideOnLiveTables(
  judged: JudgedAction,
  comments: readonly LockstepComment[],
  rules: readonly Rule[],
  serverVersion: ServerVersion,
): Decision {
  const catalog = startBatch(judged.catalog)
  const effect = effectOf(judged.action, catalog, serverVersion)
  const live: JudgedAction = { ...judged, catalog, effect, held: [], stalls: stallsOf(effect, []) }
  const context = contextOf(live, comments, serverVersion)
  const { action } = live
  for (const rule of rules) {
    if (rule.scope !== 'action' || rule.replace === undefined || !rule.on.includes(action.kind)) continue
    const detection = rule.detect(action, context)
    if (detection !== null) {
      return decideByRule({ rule, message: detection.message }, rule.replace(action, context))
    }
  }
  return decideNatively(live, serverVersion)
}

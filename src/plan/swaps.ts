/**
 * One ALTER TABLE that gives a name up and takes it again (DROP CONSTRAINT k, ADD CONSTRAINT k … USING INDEX i). Cut in
 * two, a gate would stand between the halves, and all that time neither would be there.
 */
import { stallsOf } from '../effects/stalls.ts'
import type { JudgedAction } from '../effects/walk.ts'
import type { Decision, ServerVersion } from './decide.ts'
import { mergeSteps } from './merge.ts'
import { nativeStep } from './native-step.ts'

export interface Swap {
  /** Indexes into the file's judged actions. */
  readonly actions: readonly number[]
  readonly decision: Decision
}

export function swapsIn(judged: readonly JudgedAction[], serverVersion: ServerVersion): readonly Swap[] {
  const byStatement = new Map<number, number[]>()
  for (const [at, { statement }] of judged.entries()) {
    if (statement.actions.length < 2) continue
    byStatement.set(statement.index, [...(byStatement.get(statement.index) ?? []), at])
  }
  return [...byStatement.values()].flatMap((actions) => {
    const decision = decideSwap(
      actions.flatMap((at) => judged[at] ?? []),
      serverVersion,
    )
    return decision === null ? [] : [{ actions, decision }]
  })
}

/** Null: no name is taken again, or not all of it is a mere change of the catalog. */
function decideSwap(judged: readonly JudgedAction[], serverVersion: ServerVersion): Decision | null {
  const isDrop = judged.some(
    ({ action }) => action.kind === 'drop-constraint' || action.kind === 'drop-column',
  )
  if (!isDrop || judged.some(({ effect }) => stallsOf(effect, []) !== null)) return null
  const answers = judged.map((one) => nativeStep(one, serverVersion))
  const made = answers.flatMap((answer) => ('steps' in answer ? [answer] : []))
  const steps = made.flatMap((answer) => answer.steps)
  if (made.length < answers.length || steps.length > answers.length) return null
  const dropped = new Set(steps.flatMap(({ touches }) => touches.drops))
  if (!steps.some(({ touches }) => touches.creates.some((object) => dropped.has(object)))) return null
  const text = judged[0]?.statement.text
  const step = text === undefined ? null : mergeSteps(steps, [text])
  if (step === null) return null
  const notes = made.flatMap((answer) => answer.notes)
  return { kind: 'steps', rule: null, steps: [step], notes, unnoticed: false }
}

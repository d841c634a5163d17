/**
 * Why each step of a plan stands where it stands, said from the plan alone: what orders steps are the objects that they
 * declare, and those are in it.
 */
import type { ExplainedStep, OrderExplanation, OrderNeed, OrderReason } from '../model/order-explanation.ts'
import type { PhaseName, Plan, Step } from '../model/plan.ts'
import { conflictsBefore, conflictsBetween, touchesOf } from './touches.ts'

interface Placed {
  readonly step: Step
  readonly stage: number
  readonly phase: PhaseName
  /** The id of the gate that its phase begins with; null: it has none. */
  readonly gate: string | null
}

export function explainOrder(plan: Plan): OrderExplanation {
  const placed = placedIn(plan)
  const needs = needsOf(placed)
  const steps = placed.map((one, at): ExplainedStep => {
    const { step, stage, phase } = one
    const { id, title, source } = step
    const own = needs[at] ?? []
    return {
      id,
      title,
      stage,
      phase,
      source,
      because: reasonOf(one, own, placed),
      needs: own.map(withoutPlace),
    }
  })
  const stages = plan.stages.map(({ number }) => ({ number, begins: beginsOf(number, placed, needs) }))
  return { formatVersion: 1, plan: plan.id, stages, steps }
}

function placedIn({ stages }: Plan): readonly Placed[] {
  return stages.flatMap(({ number, phases }) =>
    phases.flatMap(({ name, steps }) => {
      const gate = steps.find(({ kind }) => kind === 'gate')?.id ?? null
      return steps.map((step): Placed => ({ step, stage: number, phase: name, gate }))
    }),
  )
}

/** With the index of the step that is needed. */
type PlacedNeed = OrderNeed & { readonly at: number }

function withoutPlace({ at: _at, ...need }: PlacedNeed): OrderNeed {
  return need
}

/** For each step the earlier ones that it must not overtake, the nearest first. */
function needsOf(placed: readonly Placed[]): readonly (readonly PlacedNeed[])[] {
  const touches = placed.map(({ step }) => touchesOf(step.touches))
  const conflicts = conflictsBefore(touches)
  const changes = new Map<string, number>()
  const behind: ReadonlySet<number>[] = []
  return placed.map(({ step }, at) => {
    const before = new Set(conflicts[at])
    const change = changeOf(step)
    const twin = change === null ? undefined : changes.get(change)
    if (twin !== undefined) before.add(twin)
    if (change !== null) changes.set(change, at)
    const implied = new Set<number>()
    const needs = [...before]
      .sort((one, other) => other - one)
      .map((earlier): PlacedNeed => {
        const direct = !implied.has(earlier)
        implied.add(earlier)
        if (direct) for (const one of behind[earlier] ?? []) implied.add(one)
        const needed = placed[earlier]?.step
        return {
          at: earlier,
          step: needed?.id ?? '',
          objects: [...conflictsBetween(touches[earlier] ?? [], touches[at] ?? [])],
          sameChange: needed !== undefined && change !== null && changeOf(needed) === change,
          direct,
        }
      })
    behind.push(implied)
    return needs
  })
}

/** Steps that took the place of one statement; null: it is the author's own, or the plan's. */
function changeOf({ rule, source }: Step): string | null {
  return rule === null || source === null ? null : `${rule} ${source.path}:${source.line}:${source.column}`
}

function reasonOf(
  { step, stage, phase, gate }: Placed,
  needs: readonly PlacedNeed[],
  placed: readonly Placed[],
): OrderReason {
  if (step.kind === 'gate') return { kind: 'gate' }
  const { drops, changes } = step.touches
  if (phase === 'contract' && gate !== null && drops.length + changes.length > 0) {
    return { kind: 'takes-away', gate, objects: drops.length > 0 ? drops : changes }
  }
  const here = needs.find(({ at }) => placed[at]?.stage === stage && placed[at].phase === phase)
  if (phase !== 'expand') return here === undefined ? { kind: 'work' } : { kind: 'after', step: here.step }
  const contract = needs.find(({ at }) => isContractOf(placed[at], stage - 1))
  if (contract !== undefined) return { kind: 'next-stage', step: contract.step }
  return stage === 1 || here === undefined ? { kind: 'free' } : { kind: 'after', step: here.step }
}

function isContractOf(one: Placed | undefined, stage: number): boolean {
  return one?.phase === 'contract' && one.stage === stage
}

function beginsOf(
  stage: number,
  placed: readonly Placed[],
  needs: readonly (readonly PlacedNeed[])[],
): OrderExplanation['stages'][number]['begins'] {
  return placed.flatMap(({ step, stage: own, phase }, at) =>
    own !== stage || phase === 'contract'
      ? []
      : (needs[at] ?? [])
          .filter((need) => need.direct && isContractOf(placed[need.at], stage - 1))
          .map((need) => ({ step: step.id, needs: need.step, objects: need.objects })),
  )
}

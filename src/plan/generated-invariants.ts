/**
 * What a plan that moves data asks of itself, beside what the config asks: that whatever a step has made true of every
 * row still is, from the end of its phase until something may rightly undo it. How many rows there are is no such thing:
 * the application goes on adding and taking away.
 */
import type { Boundary, Invariant } from '../model/plan.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { tableObject } from '../rules/steps/objects.ts'
import type { Draft } from './draft.ts'
import type { Arranged } from './order.ts'
import { areConflicting, noTouches, touchesOf, type Touch } from './touches.ts'

type Phase = Omit<Boundary, 'at'>
type Placed = Phase & { readonly draft: Draft }

export function generatedInvariants(arranged: readonly Arranged<Draft>[]): readonly Invariant[] {
  const placed = arranged.flatMap(({ number, phases }) =>
    phases.flatMap(({ name, steps }) =>
      steps.map((draft): Placed => ({ stage: number, phase: name, draft })),
    ),
  )
  // A captured value is another one in each database, and no query of an invariant has a slot for it.
  const captured = placed.flatMap(({ draft }) => draft.step.literal ?? [])
  return placed.flatMap((one, at): Invariant[] => {
    const { holds } = one.draft.step
    if (holds === undefined || captured.some((literal) => holds.sql.includes(literal))) return []
    const to = lastBoundary(one, placed.slice(at + 1))
    if (to === null) return []
    const from = { stage: one.stage, phase: one.phase, at: 'end' as const }
    return [
      { name: holds.name, sql: holds.sql, expect: 'no-rows', origin: 'generated', during: { from, to } },
    ]
  })
}

/** Null: it ends in the phase in which it begins. */
function lastBoundary(one: Placed, later: readonly Placed[]): Boundary | null {
  const objects = one.draft.step.holds?.objects ?? []
  const spoken = touchesOf({ ...noTouches, reads: [...objects] })
  const end = later.find(({ draft }) => isEnding(objects, spoken, draft))
  if (end !== undefined && isSame(end, one)) return null
  const phases = phasesOf([one, ...later])
  const endsIn = end === undefined ? phases.length : phases.findIndex((phase) => isSame(phase, end))
  // The gate before a contract phase lets the next application in.
  const gate = phases.findIndex(({ phase }) => phase === 'contract')
  const isShut = one.draft.step.holds?.until === 'gate' && gate > 0 && gate <= endsIn
  const [last, at] = isShut
    ? ([phases[gate - 1], 'end'] as const)
    : end === undefined
      ? ([phases.at(-1), 'end'] as const)
      : ([end, 'start'] as const)
  return last === undefined ? null : { stage: last.stage, phase: last.phase, at }
}

function phasesOf(placed: readonly Placed[]): readonly Phase[] {
  const phases: Phase[] = []
  for (const { stage, phase } of placed) {
    const last = phases.at(-1)
    if (last === undefined || !isSame(last, { stage, phase })) phases.push({ stage, phase })
  }
  return phases
}

function isSame(one: Phase, other: Phase): boolean {
  return one.stage === other.stage && one.phase === other.phase
}

/** A later step that changes what it speaks of, or that changes what the table's trigger keeps in step. */
function isEnding(objects: readonly string[], spoken: readonly Touch[], { step, touches }: Draft): boolean {
  if (areConflicting(spoken, touchesOf(touches))) return true
  const { sync } = step
  if (sync === undefined || sync.removes.length === 0) return false
  const table = formatRelation(sync.table)
  return objects.some((object) => object.startsWith(`column ${table}.`) || object === tableObject(sync.table))
}

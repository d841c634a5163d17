/**
 * From drafts in source order to stages and phases. Pure and total: every draft gets exactly one place, no two that are
 * in conflict change places, and no arrangement that keeps this has fewer stages.
 */
import type { PhaseName, Touches } from '../model/plan.ts'
import { conflictsBefore, touchesOf } from './touches.ts'

export interface Placeable {
  /** The earliest phase it may stand in: expand may slip into backfill, contract stays contract. */
  readonly phase: PhaseName
  readonly touches: Touches
  /** Drafts that took one action's place share a number, and keep the order in which they were given. */
  readonly group: number
  /** No application can notice it (a comment, statistics): it may stand in any phase, rather than open a new stage. */
  readonly unnoticed: boolean
}

/** Counted from 1, as `Plan` counts stages. */
export interface Place {
  readonly stage: number
  readonly phase: PhaseName
}

export interface Arranged<T> {
  readonly number: number
  readonly phases: readonly { readonly name: PhaseName; readonly steps: readonly T[] }[]
}

export const phaseNames = ['expand', 'backfill', 'contract'] as const satisfies readonly PhaseName[]

/** The drafts sorted into their places; phases without steps are left out, and within a phase source order stays. */
export function arrange<T extends Placeable>(
  drafts: readonly T[],
  places = placesOf(drafts),
): readonly Arranged<T>[] {
  const count = places.reduce((most, { stage }) => Math.max(most, stage), 0)
  const stages = Array.from({ length: count }, () => ({
    expand: [] as T[],
    backfill: [] as T[],
    contract: [] as T[],
  }))
  for (const [at, draft] of drafts.entries()) {
    const place = places[at]
    if (place !== undefined) stages[place.stage - 1]?.[place.phase].push(draft)
  }
  return stages.map((byPhase, index) => ({
    number: index + 1,
    phases: phaseNames
      .map((name) => ({ name, steps: byPhase[name] }))
      .filter(({ steps }) => steps.length > 0),
  }))
}

export function placesOf(drafts: readonly Placeable[]): readonly Place[] {
  const earlier = mustFollow(drafts)
  const first = asEarlyAsPossible(drafts, earlier)
  return contractsPutOff(drafts, earlier, first)
}

/** For each draft the earlier ones that it must not overtake. */
export function mustFollow(drafts: readonly Placeable[]): readonly (readonly number[])[] {
  const conflicts = conflictsBefore(drafts.map(({ touches }) => touchesOf(touches)))
  const groups = new Map<number, number[]>()
  return drafts.map(({ group }, at) => {
    const members = groups.get(group) ?? []
    groups.set(group, [...members, at])
    const before = conflicts[at] ?? []
    return members.length === 0 ? before : [...new Set([...before, ...members])].sort((a, b) => a - b)
  })
}

function asEarlyAsPossible(drafts: readonly Placeable[], earlier: readonly (readonly number[])[]): Place[] {
  const places: Place[] = []
  for (const [at, draft] of drafts.entries()) {
    const before = (earlier[at] ?? []).flatMap((index) => places[index] ?? [])
    places.push(
      before.map((place) => soonestAfter(place, draft)).reduce(laterOf, { stage: 1, phase: draft.phase }),
    )
  }
  return places
}

/** The first place for `draft` that does not come before `place`. */
function soonestAfter(place: Place, draft: Placeable): Place {
  if (place.phase === 'contract' && draft.phase !== 'contract' && !draft.unnoticed) {
    return { stage: place.stage + 1, phase: draft.phase }
  }
  return laterOf(place, { stage: place.stage, phase: draft.phase })
}

/**
 * A contract step waits for the last stage in which nothing that must follow it has run yet: what it takes away serves
 * the old application for as long as the plan allows.
 */
function contractsPutOff(
  drafts: readonly Placeable[],
  earlier: readonly (readonly number[])[],
  first: readonly Place[],
): readonly Place[] {
  const last = first.reduce((most, { stage }) => Math.max(most, stage), 0)
  const latest = first.map(() => last)
  const places = [...first]
  for (let at = drafts.length - 1; at >= 0; at -= 1) {
    const place = places[at]
    if (place === undefined) continue
    if (drafts[at]?.phase === 'contract') places[at] = { stage: latest[at] ?? last, phase: 'contract' }
    const { stage, phase } = places[at] ?? place
    const bound = phase === 'contract' ? stage : stage - 1
    for (const before of earlier[at] ?? []) latest[before] = Math.min(latest[before] ?? last, bound)
  }
  return places
}

function laterOf(one: Place, other: Place): Place {
  if (one.stage !== other.stage) return one.stage > other.stage ? one : other
  return phaseNames.indexOf(one.phase) >= phaseNames.indexOf(other.phase) ? one : other
}

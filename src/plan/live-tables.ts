import type { Draft } from './draft.ts'
import { phaseNames, type Place } from './order.ts'
import { tablesOf } from './touches.ts'

/**
 * Groups of drafts that meet a table of this very plan after a gate: by then the new application uses it, and what was
 * free on an empty table nobody knew is not free any more.
 */
export function groupsOnLiveTables(drafts: readonly Draft[], places: readonly Place[]): ReadonlySet<number> {
  const gates = new Map<string, number>()
  for (const [at, { touches }] of drafts.entries()) {
    const place = places[at]
    if (place === undefined) continue
    for (const object of touches.creates) {
      if (object.startsWith('table ')) gates.set(object.slice('table '.length), nextGate(place))
    }
  }
  const live = drafts.filter(({ touches }, at) => {
    const place = places[at]
    return (
      place !== undefined &&
      tablesOf(touches).some((table) => slotOf(place) >= (gates.get(table) ?? Infinity))
    )
  })
  return new Set(live.map(({ group }) => group))
}

function nextGate({ stage, phase }: Place): number {
  return slotOf({ stage: phase === 'contract' ? stage + 1 : stage, phase: 'contract' })
}

function slotOf({ stage, phase }: Place): number {
  return stage * phaseNames.length + phaseNames.indexOf(phase)
}

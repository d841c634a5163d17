import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Touches } from '../model/plan.ts'
import { arrange, phaseNames, placesOf, type Place, type Placeable } from './order.ts'
import { areConflicting, noTouches, touchesOf } from './touches.ts'

const objects = ['table t', 'column t.a', 'column t.b', 'rows t', 'index i', 'constraint t.k']
const someObjects = fc.uniqueArray(fc.constantFrom(...objects), { maxLength: 2 })
const touches = fc.record({
  creates: someObjects,
  reads: someObjects,
  changes: someObjects,
  drops: someObjects,
})
const placeable = fc.record({
  phase: fc.constantFrom(...phaseNames),
  touches,
  group: fc.nat(4),
  unnoticed: fc.boolean(),
})

/** Groups of the planner are runs of neighbors; a number that comes back later is another group. */
function drafts(maxLength: number): fc.Arbitrary<readonly Placeable[]> {
  return fc.array(placeable, { maxLength }).map((list) => {
    let group = 0
    return list.map((draft, at) => {
      if (at > 0 && list[at - 1]?.group !== draft.group) group += 1
      return { ...draft, group, unnoticed: draft.unnoticed && draft.phase === 'expand' }
    })
  })
}

function mustStay(one: Placeable, later: Placeable): boolean {
  return one.group === later.group || areConflicting(touchesOf(one.touches), touchesOf(later.touches))
}

function slotOf({ stage, phase }: Place): number {
  return (stage - 1) * phaseNames.length + phaseNames.indexOf(phase)
}

function isAllowed(draft: Placeable, phase: number): boolean {
  if (draft.phase === 'contract') return phase === 2
  return phase >= phaseNames.indexOf(draft.phase) && (phase < 2 || draft.unnoticed)
}

/** Tries every slot of every draft: the least number of stages in which all conflicts keep their order. */
function fewestStages(list: readonly Placeable[]): number {
  const fits = (slots: number, chosen: readonly number[]): boolean => {
    const draft = list[chosen.length]
    if (draft === undefined) return true
    for (let slot = 0; slot < slots; slot += 1) {
      const fine =
        isAllowed(draft, slot % 3) &&
        list.slice(0, chosen.length).every((one, at) => !mustStay(one, draft) || (chosen[at] ?? 0) <= slot)
      if (fine && fits(slots, [...chosen, slot])) return true
    }
    return false
  }
  for (let stages = 0; ; stages += 1) {
    if (fits(stages * 3, [])) return stages
  }
}

describe('the order of a plan', () => {
  it('places every draft exactly once', () => {
    fc.assert(
      fc.property(drafts(12), (list) => {
        const placed = arrange(list).flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
        expect(placed).toHaveLength(list.length)
        expect(new Set(placed)).toEqual(new Set(list))
      }),
    )
  })

  it('lets no draft overtake one that it is in conflict with', () => {
    fc.assert(
      fc.property(drafts(12), (list) => {
        const placed = arrange(list).flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
        const rank = new Map(placed.map((draft, at) => [draft, at]))
        const overtaken = list.flatMap((later, at) =>
          list
            .slice(0, at)
            .filter((one) => mustStay(one, later) && (rank.get(one) ?? 0) > (rank.get(later) ?? 0)),
        )
        expect(overtaken).toEqual([])
      }),
    )
  })

  it('puts each draft only where it may stand, and leaves no stage empty', () => {
    fc.assert(
      fc.property(drafts(12), (list) => {
        const places = placesOf(list)
        for (const [at, draft] of list.entries()) {
          const place = places[at]
          expect(place !== undefined && isAllowed(draft, phaseNames.indexOf(place.phase))).toBe(true)
        }
        const stages = arrange(list)
        for (const stage of stages) expect(stage.phases.length).toBeGreaterThan(0)
      }),
    )
  })

  it('opens as few stages as can be', () => {
    fc.assert(
      fc.property(drafts(6), (list) => {
        expect(arrange(list)).toHaveLength(fewestStages(list))
      }),
      { numRuns: 500 },
    )
  })

  it('cannot put any contract step off for longer', () => {
    fc.assert(
      fc.property(drafts(8), (list) => {
        const places = placesOf(list)
        const last = Math.max(0, ...places.map(({ stage }) => stage))
        for (const [at, draft] of list.entries()) {
          const place = places[at]
          if (draft.phase !== 'contract' || place === undefined || place.stage === last) continue
          const next = slotOf({ stage: place.stage + 1, phase: 'contract' })
          const isHeld = list.some(
            (later, index) => index > at && mustStay(draft, later) && slotOf(places[index] ?? place) < next,
          )
          expect(isHeld).toBe(true)
        }
      }),
    )
  })
})

describe('examples', () => {
  let group = 0
  function draft(phase: Placeable['phase'], some: Partial<Touches>, unnoticed = false): Placeable {
    group += 1
    return { phase, touches: { ...noTouches, ...some }, group, unnoticed }
  }

  it('hoists what is added over what is dropped', () => {
    expect(
      placesOf([draft('contract', { drops: ['column t.a'] }), draft('expand', { creates: ['column t.b'] })]),
    ).toEqual([
      { stage: 1, phase: 'contract' },
      { stage: 1, phase: 'expand' },
    ])
  })

  it('moves an expand step behind the backfill that it depends on', () => {
    expect(
      placesOf([draft('backfill', { changes: ['rows t'] }), draft('expand', { reads: ['rows t'] })]),
    ).toEqual([
      { stage: 1, phase: 'backfill' },
      { stage: 1, phase: 'backfill' },
    ])
  })

  it('opens a stage when a name is taken again, and leaves an unrelated drop to the last one', () => {
    expect(
      placesOf([
        draft('contract', { drops: ['column t.a'] }),
        draft('expand', { creates: ['column t.a'] }),
        draft('contract', { drops: ['column t.b'] }),
      ]),
    ).toEqual([
      { stage: 1, phase: 'contract' },
      { stage: 2, phase: 'expand' },
      { stage: 2, phase: 'contract' },
    ])
  })

  it('opens none for a comment', () => {
    expect(
      placesOf([
        draft('contract', { drops: ['column t.a'] }),
        draft('expand', { changes: ['table t'] }, true),
      ]),
    ).toEqual([
      { stage: 1, phase: 'contract' },
      { stage: 1, phase: 'contract' },
    ])
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DraftStepOf, PhaseName, Switches, Touches } from '../model/plan.ts'
import { sqlOfStep } from '../model/step-sql.ts'
import type { Draft } from './draft.ts'
import { arrange } from './order.ts'
import { withSwitches } from './switches.ts'
import { areConflicting, noTouches, touchesOf } from './touches.ts'

/** A step of the author's own that leaves no trace, with its number as its SQL. */
function draft(number: number, phase: PhaseName, some: Partial<Touches>, switches?: Switches): Draft {
  const touches = { ...noTouches, ...some }
  const step: DraftStepOf<'rows'> = {
    kind: 'rows',
    slug: `step ${number}`,
    title: `Step ${number}`,
    phase,
    sql: String(number),
    touches,
    locks: [],
    before: [],
    after: [],
    undo: { kind: 'nothing', because: 'a test' },
    lockTimeoutMs: 50,
    statementTimeoutMs: 5_000,
    ...(switches === undefined ? {} : { switches }),
  }
  const source = { path: 'a.sql', line: number + 1, column: 1 }
  return { step, phase, touches, group: number, unnoticed: false, rule: null, source }
}

const things = ['policy s.t.p', 'trigger s.t.g', 'function s.f', 'rule s.t.r']
type Shape = (number: number) => Draft
const drops = fc.constantFrom(...things).map(
  (object): Shape =>
    (number) =>
      draft(number, 'contract', { drops: [object] }, { drops: [object], makes: [] }),
)
const makes = fc.constantFrom(...things).map(
  (object): Shape =>
    (number) =>
      draft(number, 'expand', { creates: [object] }, { drops: [], makes: [object] }),
)
const parts = ['column s.t.c', 'column s.t.d', 'rows s.t', 'table s.t', ...things]
const some = fc.uniqueArray(fc.constantFrom(...parts), { maxLength: 2 })
const others = fc
  .record({
    phase: fc.constantFrom('expand', 'backfill', 'contract'),
    reads: some,
    changes: some,
    drops: some,
  })
  .map(
    ({ phase, ...touches }): Shape =>
      (number) =>
        draft(number, phase, touches),
  )
/** All the things are there at first; what is there cannot be made, and what is not cannot go. */
const lists = fc.array(fc.oneof(drops, makes, others), { maxLength: 10 }).map((shapes) => {
  const there = new Set(things)
  const list: Draft[] = []
  for (const shape of shapes) {
    const one = shape(list.length)
    const { drops: gone, creates } = one.touches
    const named = gone.filter((object) => things.includes(object))
    if (named.some((object) => !there.has(object)) || creates.some((object) => there.has(object))) continue
    for (const object of named) there.delete(object)
    for (const object of creates) there.add(object)
    list.push(one)
  }
  return list
})

function numbersIn({ step }: Draft): readonly number[] {
  return sqlOfStep(step).flatMap((sql) => sql.split(';\n').map(Number))
}

function mayNotPass(list: readonly Draft[]): readonly (readonly [number, number])[] {
  return list.flatMap((one, at) =>
    list
      .slice(at + 1)
      .flatMap((later, behind) =>
        areConflicting(touchesOf(one.touches), touchesOf(later.touches))
          ? [[at, at + 1 + behind] as const]
          : [],
      ),
  )
}

describe('what is dropped and made again', () => {
  it('loses no statement, and lets none pass another that it is in conflict with', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const { drafts } = withSwitches(list)
        const run = drafts.flatMap(numbersIn)
        expect([...run].sort((one, other) => one - other)).toEqual(list.map((_, at) => at))
        const placed = arrange(drafts).flatMap(({ phases }) =>
          phases.flatMap(({ steps }) => steps.flatMap(numbersIn)),
        )
        for (const order of [run, placed]) {
          const wrong = mayNotPass(list).filter(([one, other]) => order.indexOf(one) > order.indexOf(other))
          expect(wrong).toEqual([])
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('is never missing between two steps, unless it is said so', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const { drafts, torn } = withSwitches(list)
        if (torn.length > 0) return
        const gone = new Set<string>()
        for (const { step } of drafts) {
          for (const object of step.switches?.makes ?? []) expect([...gone]).not.toContain(object)
          for (const object of step.switches?.drops ?? []) gone.add(object)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

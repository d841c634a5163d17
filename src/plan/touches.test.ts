import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Touches } from '../model/plan.ts'
import { areConflicting, conflictsBefore, noTouches, tablesOf, touchesOf } from './touches.ts'

function conflict(one: Partial<Touches>, other: Partial<Touches>): boolean {
  const [some, others] = [touchesOf({ ...noTouches, ...one }), touchesOf({ ...noTouches, ...other })]
  const forth = areConflicting(some, others)
  expect(areConflicting(others, some), 'a conflict is mutual').toBe(forth)
  return forth
}

describe('what may change places', () => {
  it('lets two readers of one thing pass each other, and nobody else', () => {
    const column = ['column public.t.c']
    expect(conflict({ reads: column }, { reads: column })).toBe(false)
    for (const access of ['creates', 'changes', 'drops'] as const) {
      expect(conflict({ [access]: column }, { reads: column }), `it ${access} it`).toBe(true)
      expect(conflict({ [access]: column }, { [access]: column }), `it ${access} it`).toBe(true)
    }
  })

  it('keeps two columns of one table apart', () => {
    expect(conflict({ creates: ['column public.t.a'] }, { drops: ['column public.t.b'] })).toBe(false)
    expect(conflict({ changes: ['rows public.t'] }, { creates: ['column public.t.b'] })).toBe(false)
  })

  it.each(['creates', 'drops'] as const)('holds everything in a table to the step that %s it', (access) => {
    const table = { [access]: ['table public.t'] }
    for (const object of ['column public.t.c', 'constraint public.t.c', 'rows public.t']) {
      for (const inner of ['creates', 'reads', 'changes', 'drops'] as const) {
        expect(conflict(table, { [inner]: [object] }), `${inner} ${object}`).toBe(true)
      }
    }
  })

  it('holds to a changed table whoever does more than read in it, and to a read one nobody', () => {
    expect(conflict({ changes: ['table public.t'] }, { reads: ['column public.t.c'] })).toBe(false)
    expect(conflict({ changes: ['table public.t'] }, { creates: ['column public.t.c'] })).toBe(true)
    expect(conflict({ reads: ['table public.t'] }, { drops: ['column public.t.c'] })).toBe(false)
  })

  it('lets a view go before a column that it shows goes, or gets another type', () => {
    const view = { drops: ['view public.old'], reads: ['table public.t', 'viewed public.t.c'] }
    expect(conflict(view, { drops: ['column public.t.c'] })).toBe(true)
    expect(conflict(view, { changes: ['viewed public.t.c'] })).toBe(true)
    expect(conflict(view, { changes: ['column public.t.c'] })).toBe(false)
    expect(conflict(view, { drops: ['column public.t.d'] })).toBe(false)
    expect(conflict(view, { creates: ['table public.old'] })).toBe(true)
  })

  it('holds what relies on the values of a column to who changes them, or any', () => {
    const relies = { reads: ['values public.t.c'] }
    expect(conflict(relies, { changes: ['rows public.t'] })).toBe(true)
    expect(conflict(relies, { changes: ['rows public.t', 'values public.t.c'] })).toBe(true)
    expect(conflict(relies, { changes: ['rows public.t', 'values public.t.d'] })).toBe(false)
    expect(conflict(relies, { changes: ['rows public.t', 'values public.u.d'] })).toBe(true)
    expect(conflict(relies, { reads: ['rows public.t'] })).toBe(false)
    expect(conflict({ reads: ['rows public.t'] }, { changes: ['rows public.t', 'values public.t.d'] })).toBe(
      true,
    )
  })

  it('does not take a dot inside of quotes for the end of a name', () => {
    expect(conflict({ drops: ['table public."a.b"'] }, { reads: ['column public."a.b"."c.d"'] })).toBe(true)
    expect(conflict({ drops: ['table public.a'] }, { reads: ['column public."a.b".c'] })).toBe(false)
    expect(conflict({ drops: ['table public."a""."'] }, { reads: ['column public."a"".".c'] })).toBe(true)
  })

  it('names the tables behind a declaration, and no index', () => {
    const touches = {
      creates: ['index public.t_c'],
      reads: ['rows public.u'],
      changes: ['column public.t.c'],
      drops: ['constraint public."V".k', 'table public.t'],
    }
    expect(tablesOf(touches)).toEqual(['public."V"', 'public.t', 'public.u'])
  })
})

describe('conflicts of many', () => {
  const kinds = [
    'table',
    'column',
    'columns',
    'rows',
    'values',
    'trigger',
    'function',
    'schema',
    'index',
    'named',
  ]
  const names = ['public.t', 'public.u', 'Other.t', 'public', 't', 'f', 'c']
  const parts = ['', '.c', '."C"']
  const object = fc
    .tuple(fc.constantFrom(...kinds), fc.constantFrom(...names), fc.constantFrom(...parts))
    .map(([kind, name, part]) => `${kind} ${name}${part}`)
  const list = fc.array(fc.oneof({ weight: 20, arbitrary: object }, fc.constant('statement any')), {
    maxLength: 2,
  })
  const touches = fc.record({ creates: list, reads: list, changes: list, drops: list })

  it('are those of all pairs', () => {
    fc.assert(
      fc.property(fc.array(touches, { maxLength: 8 }), (all) => {
        const each = all.map(touchesOf)
        const pairs = each.map((later, at) =>
          each.flatMap((one, before) => (before < at && areConflicting(one, later) ? [before] : [])),
        )
        expect(conflictsBefore(each)).toEqual(pairs)
      }),
      { numRuns: 2000 },
    )
  })
})

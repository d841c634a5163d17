import { describe, expect, it } from 'vitest'
import type { Lock } from '../model/effect.ts'
import type { Step } from '../model/plan.ts'
import { lockModes } from '../postgres/lock-mode.ts'
import { undeclaredLocks } from './lock-watch.ts'

function stepWith(locks: Lock[]): Step {
  return {
    kind: 'ddl',
    id: 's',
    title: 's',
    rule: null,
    source: null,
    touches: { creates: [], reads: [], changes: [], drops: [] },
    locks,
    before: [],
    after: [],
    undo: { kind: 'never', because: 'test' },
    sql: ['SELECT 1'],
    lockTimeoutMs: 50,
    statementTimeoutMs: 5000,
  }
}

describe('undeclaredLocks', () => {
  it('finds a mode beyond the declared one, and a relation nobody spoke of', () => {
    const step = stepWith([{ relation: 'public.a', mode: 'ShareUpdateExclusive' }])
    const seen: Lock[] = [
      { relation: 'public.a', mode: 'AccessExclusive' },
      { relation: 'public.b', mode: 'ShareRowExclusive' },
    ]
    expect(undeclaredLocks(step, seen)).toEqual(seen)
  })

  it('lets a step hold less than it declares', () => {
    const step = stepWith([{ relation: 'public.a', mode: 'AccessExclusive' }])
    for (const mode of lockModes) expect(undeclaredLocks(step, [{ relation: 'public.a', mode }])).toEqual([])
  })

  it('passes over modes that every statement of an application takes too', () => {
    for (const mode of ['AccessShare', 'RowShare', 'RowExclusive'] as const) {
      expect(undeclaredLocks(stepWith([]), [{ relation: 'public.a', mode }])).toEqual([])
    }
    expect(
      undeclaredLocks(stepWith([]), [{ relation: 'public.a', mode: 'ShareUpdateExclusive' }]),
    ).toHaveLength(1)
  })
})

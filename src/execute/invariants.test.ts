import { expect, it } from 'vitest'
import type { Boundary, Invariant } from '../model/plan.ts'
import { askedAt } from './invariants.ts'

const always: Invariant = { name: 'always', sql: 'SELECT 1', expect: 'same', origin: 'config' }
const between: Invariant = {
  name: 'between',
  sql: 'SELECT 1',
  expect: 'no-rows',
  origin: 'generated',
  during: {
    from: { stage: 1, phase: 'backfill', at: 'end' },
    to: { stage: 2, phase: 'expand', at: 'start' },
  },
}

it('asks a generated one between its boundaries only, and the others at all', () => {
  const phases = ['expand', 'backfill', 'contract'] as const
  const boundaries = [1, 2].flatMap((stage) =>
    phases.flatMap((phase) => (['start', 'end'] as const).map((at): Boundary => ({ stage, phase, at }))),
  )
  const asked = boundaries.filter((here) => askedAt({ invariants: [always, between] }, here).length === 2)
  expect(asked).toEqual([
    { stage: 1, phase: 'backfill', at: 'end' },
    { stage: 1, phase: 'contract', at: 'start' },
    { stage: 1, phase: 'contract', at: 'end' },
    { stage: 2, phase: 'expand', at: 'start' },
  ])
  for (const here of boundaries) expect(askedAt({ invariants: [always] }, here)).toEqual([always])
})

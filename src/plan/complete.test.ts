import { describe, expect, it } from 'vitest'
import { examplePlan } from '../../test/support/example-plan.ts'
import type { Plan, Step } from '../model/plan.ts'
import { withObservations } from './complete.ts'
import { digestOf } from './digest.ts'

function stepOf(plan: Plan, id: string): Step | undefined {
  return plan.stages
    .flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
    .find((step) => step.id === id)
}

const observed = withObservations(examplePlan, {
  fingerprints: [
    { stage: 1, phase: 'backfill', sha256: 'aa' },
    { stage: 2, phase: 'contract', sha256: 'bb' },
  ],
  definitions: [
    { step: 'add-note', definitions: [{ object: 'default shop."Orders".note', definition: "'a|b'::text" }] },
    {
      step: 'build-number',
      definitions: [{ object: 'index shop."Orders_number"', definition: 'CREATE UNIQUE INDEX …' }],
    },
    {
      step: 'validate-positive',
      definitions: [{ object: 'constraint shop."Orders"."Positive"', definition: 'CHECK ((number > 0))' }],
    },
    {
      step: 'drop-old',
      definitions: [{ object: 'index shop.old', definition: 'it is gone, so nobody can say' }],
    },
  ],
  proof: { verdict: 'proved', serverVersion: '15.18', rows: [] },
})

describe('a plan that a shadow has seen', () => {
  it('knows the fingerprint of each phase that was observed', () => {
    const fingerprints = observed.stages.flatMap(({ phases }) => phases.map(({ fingerprint }) => fingerprint))
    expect(fingerprints).toEqual([null, 'aa', null, 'bb'])
  })

  it('wants the definitions that the server made', () => {
    expect(stepOf(observed, 'add-note')?.after).toMatchObject([
      { kind: 'column' },
      { kind: 'column-default', default: "'a|b'::text" },
    ])
    expect(stepOf(observed, 'build-number')?.after).toMatchObject([{ definition: 'CREATE UNIQUE INDEX …' }])
    expect(stepOf(observed, 'validate-positive')?.after).toMatchObject([
      { definition: 'CHECK ((number > 0))' },
    ])
    expect(stepOf(observed, 'drop-old')?.after).toMatchObject([{ exists: false, definition: null }])
  })

  it('is another plan, with its verdict', () => {
    expect(observed.proof?.verdict).toBe('proved')
    expect(observed.digest).not.toBe(examplePlan.digest)
    expect(observed.digest).toBe(digestOf(observed))
  })

  it('stays itself when nothing was observed', () => {
    expect(withObservations(examplePlan, { fingerprints: [], definitions: [], proof: null })).toEqual(
      examplePlan,
    )
  })
})

import { describe, expect, it } from 'vitest'
import type { PhaseName, Plan, Step } from '../model/plan.ts'
import type { PhaseRow } from './journal.ts'
import { passageOf, type Passage, type Through } from './passage.ts'

const names = ['expand', 'backfill', 'contract'] as const

function gate(id: string): Step {
  const touches = { creates: [], reads: [], changes: [], drops: [] }
  const undo = { kind: 'nothing', because: 'a gate changes nothing' } as const
  const common = { title: id, rule: null, source: null, touches, locks: [], before: [], after: [], undo }
  return { kind: 'gate', id, ...common, waitFor: 'the deploy' }
}

/** Two stages of three phases, a gate before each contract. */
const plan: Plan = {
  formatVersion: 1,
  id: 'two-stages',
  digest: '',
  sources: [],
  base: { from: 'nothing', versions: [] },
  server: { major: 15, stallBudgetMs: 200 },
  relations: [],
  stages: [1, 2].map((number) => ({
    number,
    phases: names.map((name) => ({
      name,
      fingerprint: null,
      steps: name === 'contract' ? [gate(`gate-${number}`)] : [],
    })),
  })),
  invariants: [],
  differences: [],
  notes: [],
  proof: null,
}

function ended(...phases: (readonly [number, PhaseName])[]): PhaseRow[] {
  return phases.map(([stage, phase]) => ({ stage, phase, ended: true }))
}

function passage(through: Through, phases: readonly PhaseRow[] = []): Passage {
  const found = passageOf(plan, through, phases)
  if (!found.ok) throw new Error(found.problems.map(({ code }) => code).join())
  return found.value
}

/** Phases that a run may enter. */
function entered(through: Through, phases: readonly PhaseRow[] = []): string[] {
  const found = passage(through, phases)
  return [1, 2].flatMap((stage) =>
    names.filter((phase) => found.mayEnter({ stage, phase })).map((phase) => `${stage} ${phase}`),
  )
}

describe('how far a run may go', () => {
  it('ends with the phase that was named, in the first stage that is not finished', () => {
    expect(entered({ phase: 'expand' })).toEqual(['1 expand'])
    expect(entered({ phase: 'contract' })).toEqual(['1 expand', '1 backfill', '1 contract'])
    const stageOne = ended([1, 'expand'], [1, 'backfill'], [1, 'contract'])
    expect(entered({ phase: 'backfill' }, stageOne)).toEqual([
      '1 expand',
      '1 backfill',
      '1 contract',
      '2 expand',
      '2 backfill',
    ])
  })

  it('does not slip into the next stage for a phase that is finished in this one', () => {
    expect(entered({ phase: 'expand' }, ended([1, 'expand'], [1, 'backfill']))).toEqual(['1 expand'])
  })

  it('opens the gates on the way to a phase, the ones confirmed, all, or none', () => {
    expect(passage({ phase: 'contract' }).mayPass('gate-1')).toBe(true)
    expect(passage({ confirm: ['gate-1'] }).mayPass('gate-1')).toBe(true)
    expect(passage({ confirm: ['gate-1'] }).mayPass('gate-2')).toBe(false)
    expect(passage('all-gates').mayPass('gate-2')).toBe(true)
    expect(passage('first-gate').mayPass('gate-1')).toBe(false)
  })

  it('refuses to confirm a gate that the plan has not, and names those that it has', () => {
    expect(passageOf(plan, { confirm: ['gate-1', 'gate-9'] }, [])).toMatchObject({
      ok: false,
      problems: [{ code: 'gate-unknown', hint: 'Its gates: gate-1, gate-2.' }],
    })
  })
})

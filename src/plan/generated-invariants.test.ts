import { describe, expect, it } from 'vitest'
import type { DraftStep, Holding, PhaseName, Touches } from '../model/plan.ts'
import type { Draft } from './draft.ts'
import { generatedInvariants } from './generated-invariants.ts'
import { arrange } from './order.ts'
import { noTouches } from './touches.ts'

let groups = 0

function draft(
  phase: PhaseName,
  touches: Partial<Touches>,
  given: Pick<DraftStep, 'holds' | 'literal'> = {},
): Draft {
  const all = { ...noTouches, ...touches }
  const step: DraftStep = {
    kind: 'in-batches',
    slug: 'a step',
    phase,
    title: 'A step',
    table: 'public.t',
    key: [],
    sql: 'UPDATE t SET c = 1',
    targetMs: 40,
    batchRowsMax: 10,
    lockTimeoutMs: 250,
    touches: all,
    locks: [],
    before: [],
    after: [],
    undo: { kind: 'nothing', because: 'a test' },
    ...given,
  }
  groups += 1
  const source = { path: 'a.sql', line: 1, column: 1 }
  return { step, phase, touches: all, group: groups, unnoticed: false, rule: null, source }
}

const holds: Holding = {
  name: 'c is 1',
  sql: 'SELECT FROM t WHERE c <> 1',
  objects: ['rows public.t', 'column public.t.c'],
  until: 'gate',
}
const backfill = (until: Holding['until'] = 'gate') =>
  draft(
    'backfill',
    { reads: ['column public.t.c'], changes: ['rows public.t'] },
    { holds: { ...holds, until } },
  )
const elsewhere = draft('contract', { drops: ['table public.u'] })
const dropped = draft('contract', { drops: ['column public.t.c'] })

function during(...drafts: readonly Draft[]): unknown {
  const [only, ...more] = generatedInvariants(arrange(drafts))
  expect(more).toEqual([])
  return only?.during
}

const end = (phase: PhaseName) => ({ stage: 1, phase, at: 'end' })
const start = (phase: PhaseName) => ({ stage: 1, phase, at: 'start' })

describe('what a step has made true is asked', () => {
  it('at the end of its phase, until the plan ends', () => {
    expect(during(backfill())).toEqual({ from: end('backfill'), to: end('backfill') })
    expect(during(backfill('step'), elsewhere)).toEqual({ from: end('backfill'), to: end('contract') })
  })

  it('until the gate, where the next application may change it', () => {
    expect(during(backfill(), elsewhere)).toEqual({ from: end('backfill'), to: end('backfill') })
  })

  it('until a step meets it, where a trigger holds every application to it', () => {
    expect(during(backfill('step'), dropped)).toEqual({ from: end('backfill'), to: start('contract') })
  })

  it('not at all where a later step of its phase may undo it', () => {
    const again = draft('backfill', { changes: ['rows public.t'] })
    expect(during(backfill(), again)).toBeUndefined()
    expect(during(backfill('step'), again)).toBeUndefined()
  })

  it('not at all with a captured value in it', () => {
    const capture = draft('expand', {}, { literal: 'c <> 1' })
    expect(during(capture, backfill())).toBeUndefined()
  })
})

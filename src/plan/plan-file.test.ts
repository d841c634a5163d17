import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { examplePlan } from '../../test/support/example-plan.ts'
import { phaseName, type Plan, type Step } from '../model/plan.ts'
import { canonicalJson, digestOf, withDigest } from './digest.ts'
import { readPlan, writePlan } from './plan-file.ts'

const exampleSteps: readonly Step[] = examplePlan.stages.flatMap(({ phases }) =>
  phases.flatMap(({ steps }) => steps),
)
const names = fc.string({ unit: 'binary' })

/** Steps of every kind under any names; the rest of a plan as wild as the schema allows. */
const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    id: names,
    notes: fc.array(names),
    differences: fc.array(names),
    relations: fc.array(names),
    sources: fc.array(fc.record({ version: names, name: names, path: names, sha256: names })),
    invariants: fc.array(
      fc.record({
        name: names,
        sql: names,
        expect: fc.constantFrom('same' as const, 'no-rows' as const),
        origin: fc.constantFrom('config' as const, 'generated' as const),
      }),
    ),
    steps: fc.array(fc.record({ step: fc.constantFrom(...exampleSteps), title: names, object: names })),
    phase: fc.constantFrom(...phaseName.options),
  })
  .map(({ steps, phase, ...rest }) =>
    withDigest({
      ...examplePlan,
      ...rest,
      stages: [
        {
          number: 1,
          phases: [
            {
              name: phase,
              fingerprint: null,
              steps: steps.map(({ step, title, object }) => ({
                ...step,
                title,
                touches: { ...step.touches, drops: [object] },
              })),
            },
          ],
        },
      ],
    }),
  )

/** The same value with the keys of every object in the opposite order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, shuffled(part)]),
  )
}

describe('a plan file', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        expect(readPlan(writePlan(plan), 'p.json')).toEqual({ ok: true, value: plan })
      }),
    )
  })

  it('is the same bytes whatever the order of keys in memory', () => {
    const text = writePlan(examplePlan)
    const again = readPlan(JSON.stringify(shuffled(JSON.parse(text))), 'p.json')
    expect(again.ok && writePlan(again.value)).toBe(text)
    expect(text.startsWith('{\n  "formatVersion": 1,\n  "id": "003-orders",\n  "digest": "')).toBe(true)
    expect(text.endsWith('}\n')).toBe(true)
  })

  it('is not written without its digest', () => {
    expect(() => writePlan({ ...examplePlan, id: 'another' })).toThrow('without its digest')
  })

  it('notices any change', () => {
    const text = writePlan(examplePlan)
    for (const [from, to] of [
      ['"lockTimeoutMs": 50', '"lockTimeoutMs": 51'],
      ['DROP COLUMN note', 'DROP COLUMN nope'],
      ['"major": 15', '"major": 16'],
    ] as const) {
      expect(text).toContain(from)
      const result = readPlan(text.replace(from, to), 'plans/p.json')
      expect(!result.ok && result.problems).toMatchObject([
        { code: 'plan-changed', position: { path: 'plans/p.json', line: 4, column: 13 } },
      ])
    }
  })

  it('is not mistaken for a plan when it is none', () => {
    const cut = readPlan(writePlan(examplePlan).slice(0, 100), 'p.json')
    expect(!cut.ok && cut.problems[0]?.code).toBe('plan-not-json')
    const broken = readPlan('{\n  "id" nonsense\n}', 'p.json')
    expect(!broken.ok && broken.problems).toMatchObject([
      { code: 'plan-not-json', position: { line: 2, column: 8 }, excerpt: '  "id" nonsense' },
    ])
    for (const other of ['[]', 'null', '{}', '{ "formatVersion": 2 }']) {
      const result = readPlan(other, 'p.json')
      expect(!result.ok && result.problems[0]?.code, `reading ${other}`).toBe('plan-unknown-format')
    }
  })

  it('says everything that is wrong at once, each at its line', () => {
    const text = writePlan(examplePlan)
      .replace('"major": 15', '"major": "15"')
      .replace('"kind": "drop-index"', '"kind": "drop-everything"')
      .replace('"proof": null', '"proof": null,\n  "extra": 1')
    const result = readPlan(text, 'p.json')
    const lineOf = (part: string) => text.split('\n').findIndex((line) => line.includes(part)) + 1
    if (result.ok) throw new Error('it was read')
    expect(result.problems.map(({ code }) => code)).toEqual(['plan-invalid', 'plan-invalid', 'plan-invalid'])
    expect(result.problems.map(({ position }) => position?.line)).toEqual([
      lineOf('"major": "15"'),
      lineOf('"kind": "drop-everything"'),
      1,
    ])
    expect(result.problems.map(({ message }) => message).join('\n')).toContain('server.major')
  })
})

describe('a digest', () => {
  it('does not depend on itself, nor on the order of keys', () => {
    expect(digestOf({ ...examplePlan, digest: 'x' } as Plan)).toBe(examplePlan.digest)
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: 'é' })).toBe('{"a":"é","b":[{"c":null,"d":1}]}')
  })
})

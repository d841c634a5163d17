import { beforeAll, describe, expect, it } from 'vitest'
import { orderExplanation, type OrderExplanation } from '../model/order-explanation.ts'
import { orderPretty } from '../report/order-pretty.ts'
import { loadParser } from '../sql/parser.ts'
import { pendingOf, planFor, readScenario, scenarios } from '../../test/support/plan-scenario.ts'
import { explainOrder } from './explain-order.ts'

beforeAll(loadParser)

/** Of every scenario that has a plan. */
function explained(): readonly (readonly [name: string, OrderExplanation])[] {
  return scenarios.flatMap((name) => {
    const made = planFor({ base: readScenario(name, 'base.sql'), pending: pendingOf(name) })
    return made.ok ? [[name, explainOrder(made.value)] as const] : []
  })
}

function explanationOf(base: string, ...pending: readonly string[]): OrderExplanation {
  const made = planFor({ base, pending })
  if (!made.ok) throw new Error(made.problems.map(({ message }) => message).join('\n'))
  return explainOrder(made.value)
}

describe('why steps stand where they stand', () => {
  it('is of every plan as its schema says, each need an earlier step', () => {
    for (const [name, explanation] of explained()) {
      expect(orderExplanation.safeParse(explanation).error, name).toBeUndefined()
      const places = new Map(explanation.steps.map(({ id }, at) => [id, at]))
      for (const [at, { id, needs }] of explanation.steps.entries()) {
        for (const need of needs) {
          expect(places.get(need.step), `${name}: ${id} needs ${need.step}`).toBeLessThan(at)
          expect(need.sameChange || need.objects.length > 0, `${name}: ${id}, for what?`).toBe(true)
        }
      }
    }
  })

  it('leaves out of the direct needs what follows from them, and nothing else', () => {
    for (const [name, { steps }] of explained()) {
      const reached = new Map<string, ReadonlySet<string>>()
      for (const { id, needs } of steps) {
        const direct = needs.filter((need) => need.direct).map(({ step }) => step)
        const behind = direct.flatMap((step) => [...(reached.get(step) ?? [])])
        expect(
          direct.filter((step) => behind.includes(step)),
          `${name}: ${id}`,
        ).toEqual([])
        const all = new Set([...direct, ...behind])
        expect(
          needs.map(({ step }) => step).filter((step) => !all.has(step)),
          `${name}: ${id}`,
        ).toEqual([])
        reached.set(id, all)
      }
    }
  })

  it('says of every stage but the first why it begins', () => {
    for (const [name, { stages, steps }] of explained()) {
      for (const { number, begins } of stages) {
        expect(begins.length > 0, `${name}: stage ${number}`).toBe(number > 1)
        for (const { step, needs } of begins) {
          expect(steps.find(({ id }) => id === step)).toMatchObject({ stage: number })
          expect(steps.find(({ id }) => id === needs)).toMatchObject({ stage: number - 1, phase: 'contract' })
        }
      }
    }
  })

  it('names the object over which one step waits for another', () => {
    const { steps } = explanationOf(
      'CREATE TABLE t (id bigint PRIMARY KEY, a int);',
      'ALTER TABLE t ADD COLUMN b int; CREATE INDEX t_b ON t (b);',
      'ALTER TABLE t DROP COLUMN a; CREATE TABLE u (id int); INSERT INTO u VALUES (1);',
    )
    expect(steps.map(({ id, because, needs }) => ({ id, because, needs }))).toMatchObject([
      { id: 'add-t-b', because: { kind: 'free' }, needs: [] },
      { id: 'build-t-b', needs: [{ step: 'add-t-b', objects: ['column public.t.b'], direct: true }] },
      { id: 'create-u', because: { kind: 'free' }, needs: [] },
      { id: 'insert-into-u', needs: [{ step: 'create-u', objects: ['table public.u'] }] },
      { id: 'gate-1', because: { kind: 'gate' } },
      { id: 'drop-t-a', because: { kind: 'takes-away', gate: 'gate-1', objects: ['column public.t.a'] } },
    ])
  })

  it.each(['two-stages', 'fill-and-not-null', 'switched'])('reads well: %s', async (scenario) => {
    const made = planFor({ base: readScenario(scenario, 'base.sql'), pending: pendingOf(scenario) })
    if (!made.ok) throw new Error(scenario)
    const text = orderPretty(explainOrder(made.value), false)
    await expect(text).toMatchFileSnapshot(`../../test/golden/order-${scenario}.txt`)
  })
})

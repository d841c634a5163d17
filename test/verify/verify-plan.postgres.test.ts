import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verification } from '../../src/model/verification.ts'
import { runSources } from '../../src/verify/run-sources.ts'
import { lastPromises, verifyPlan } from '../../src/verify/verify-plan.ts'
import type { TestDatabase } from '../support/database.ts'
import { createTestDatabase } from '../support/database.ts'
import { base, pending, planWith, steps } from './hand-written-plan.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  await runSources(database.session, [...base, ...pending])
})
afterAll(() => database.drop())

/** The check constraint is dropped again by the step that no longer needs it. */
const changes = {
  notNull: {
    ...steps.notNull,
    touches: { ...steps.notNull.touches, drops: ['constraint public.orders.lockstep_status'] },
  },
  validateForeignKey: {
    ...steps.validateForeignKey,
    touches: {
      ...steps.validateForeignKey.touches,
      changes: ['constraint public.orders.orders_customer_fkey'],
    },
  },
}
const plan = planWith(15, changes, {
  invariants: [
    {
      name: 'no negative totals',
      sql: 'SELECT id FROM orders WHERE total < 0',
      expect: 'no-rows',
      origin: 'config',
    },
  ],
})

async function verify() {
  const verified = await verifyPlan(plan, database.url)
  if (!verified.ok) throw new Error(verified.problems[0]?.message)
  return verification.parse(verified.value)
}

describe('verifyPlan', () => {
  it('asks for the last word on each object only', () => {
    expect(lastPromises(plan).map(({ step, condition }) => [step, condition.kind])).toEqual([
      ['add-priority', 'column'],
      ['add-priority', 'column-default'],
      ['build-index', 'index'],
      ['validate-foreign-key', 'constraint'],
      ['set-not-null', 'column-not-null'],
      ['drop-legacy', 'column'],
    ])
  })

  it('holds in a database that ended where the plan ends, and says what no longer does', async () => {
    expect(await verify()).toMatchObject({ holds: true, invariants: [{ holds: true }] })
    await database.session.execute(`
      DROP INDEX orders_customer;
      ALTER TABLE orders ALTER COLUMN status DROP NOT NULL, ALTER COLUMN priority SET DEFAULT 5;
      INSERT INTO customers VALUES (1); INSERT INTO orders (id, customer_id, total) VALUES (1, 1, -3)`)
    const verified = await verify()
    expect(verified.holds).toBe(false)
    expect(
      verified.conditions.filter(({ holds }) => !holds).map(({ step, instead }) => [step, instead]),
    ).toEqual([
      ['add-priority', 'column public.orders.priority has default 5, not 3'],
      ['build-index', 'index public.orders_customer does not exist'],
      ['set-not-null', 'column public.orders.status is not NOT NULL'],
    ])
    expect(verified.invariants).toEqual([{ name: 'no negative totals', holds: false, rows: [{ id: '1' }] }])
  })

  it('answers with a problem when there is no server', async () => {
    expect(await verifyPlan(plan, 'postgres://nobody@127.0.0.1:1/none')).toMatchObject({ ok: false })
  })
})

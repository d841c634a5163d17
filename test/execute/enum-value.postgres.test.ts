import { afterEach, beforeEach, expect, it } from 'vitest'
import { applyPlan } from '../../src/execute/apply.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { ddlStep, planOf, rowsStep } from './plan-fixture.ts'
import { majorOf, must, options, outcomeOf } from './run-fixture.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await database.session.execute(`
    CREATE SCHEMA "Shop"; CREATE TYPE "Shop"."Order state" AS ENUM ('new', 'paid');
    CREATE TABLE orders (id bigint PRIMARY KEY, state "Shop"."Order state" NOT NULL DEFAULT 'new');
    INSERT INTO orders SELECT generate_series(1, 9)`)
})

afterEach(() => database.drop())

const value = { kind: 'enum-value', type: '"Shop"."Order state"', value: "it's sent" } as const

const plan = (given: { readonly type?: string } = {}) =>
  planOf({
    major: majorOf(database.session),
    phases: {
      expand: [
        ddlStep({
          id: 'add-sent',
          sql: [`ALTER TYPE "Shop"."Order state" ADD VALUE 'it''s sent' BEFORE 'paid'`],
          before: [{ ...value, ...given, exists: false }],
          after: [{ ...value, ...given, exists: true }],
        }),
      ],
      backfill: [rowsStep({ id: 'use-sent', sql: `UPDATE orders SET state = 'it''s sent' WHERE id < 4` })],
    },
  })

it('adds a value that later steps use, and finds it when the runner died before it could say so', async () => {
  const cut = options({
    beforeCommit: async (step, session) => {
      if (step.id === 'use-sent')
        await database.session.query('SELECT pg_terminate_backend($1)', [session.pid])
    },
  })
  const first = must(await applyPlan(plan(), database.url, cut))
  expect(outcomeOf(first, 'add-sent').status).toBe('applied')
  // As if nobody had heard of the first step's end either.
  await database.session.execute(
    `UPDATE lockstep.step SET state = 'running', outcome = NULL WHERE step = 'add-sent'`,
  )
  const second = must(await applyPlan(plan(), database.url, options()))
  expect(outcomeOf(second, 'add-sent')).toEqual({ status: 'already-applied' })
  expect(outcomeOf(second, 'use-sent')).toMatchObject({ status: 'applied', rows: 3 })
  expect(
    await database.session.query(
      'SELECT state::text, count(*)::int FROM orders GROUP BY orders.state ORDER BY orders.state',
    ),
  ).toEqual([
    { state: 'new', count: 6 },
    { state: "it's sent", count: 3 },
  ])
})

it('says so where the enum is not there', async () => {
  const report = must(await applyPlan(plan({ type: 'public.nothing' }), database.url, options()))
  expect(outcomeOf(report, 'add-sent')).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('enum public.nothing does not exist'),
  })
})

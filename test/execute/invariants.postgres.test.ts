/**
 * What counting rows does not see. A migration merges requests and their answers into one table, and takes every answer
 * for an error, because the old release writes '{}' where there is none, which is not NULL: two hundred rows come in and
 * two hundred go out.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { applyPlan } from '../../src/execute/apply.ts'
import type { Invariant, Plan } from '../../src/model/plan.ts'
import { loadParser } from '../../src/sql/parser.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { planFor } from '../support/plan-scenario.ts'
import { batchesStep, ddlStep, planOf, rowsStep } from './plan-fixture.ts'
import { majorOf, must, options } from './run-fixture.ts'

let database: TestDatabase

beforeAll(loadParser)
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(() => database.drop())

const base = `
  CREATE TABLE login_request (challenge text PRIMARY KEY, subject text NOT NULL);
  CREATE TABLE login_handled (
    challenge text PRIMARY KEY REFERENCES login_request, remember boolean NOT NULL, error text NOT NULL DEFAULT '{}');
  INSERT INTO login_request SELECT 'challenge ' || n, 'subject ' || n FROM generate_series(1, 200) AS n;
  INSERT INTO login_handled
    SELECT 'challenge ' || n, n % 2 = 0, CASE WHEN n % 20 = 0 THEN '{"error":"access_denied"}' ELSE '{}' END
      FROM generate_series(1, 190) AS n;
  CREATE VIEW logins AS
    SELECT r.challenge, CASE WHEN h.challenge IS NULL THEN 'asked' WHEN h.error IN ('', '{}') THEN 'answered' ELSE 'failed' END AS became
      FROM login_request AS r LEFT JOIN login_handled AS h ON h.challenge = r.challenge;`

/** `isError`: how the migration tells an error. */
const merge = (isError: string) => `
  CREATE TABLE flow (challenge text PRIMARY KEY, subject text NOT NULL, state smallint NOT NULL, remember boolean, error text);
  -- lockstep: allow copy-of-rows quiet because nobody logs in until the release is out
  INSERT INTO flow
    SELECT r.challenge, r.subject, CASE WHEN ${isError} THEN 128 WHEN h.challenge IS NOT NULL THEN 3 ELSE 1 END, h.remember, h.error
      FROM login_request AS r LEFT JOIN login_handled AS h ON h.challenge = r.challenge;
  CREATE OR REPLACE VIEW logins AS
    SELECT challenge, CASE state WHEN 1 THEN 'asked' WHEN 3 THEN 'answered' WHEN 128 THEN 'failed' END AS became FROM flow;`

const stock = 'h.error IS NOT NULL'
const corrected = `h.error NOT IN ('', '{}')`

const meaning: Invariant = {
  name: 'what became of each login',
  sql: 'SELECT became, count(*) FROM logins GROUP BY became',
  expect: 'same',
  origin: 'config',
}
const number: Invariant = {
  name: 'how many logins there are',
  sql: 'SELECT count(*) FROM logins',
  expect: 'same',
  origin: 'config',
}

function planWith(isError: string, invariants: readonly Invariant[]): Plan {
  const plan = must(planFor({ base, pending: [merge(isError)], major: majorOf(database.session) }))
  return { ...plan, invariants: [...plan.invariants, ...invariants] }
}

async function histogram(): Promise<unknown> {
  return await database.session.query(
    'SELECT became, count(*)::int AS rows FROM logins GROUP BY became ORDER BY became',
  )
}

describe('a merge that keeps every row and turns what they mean', () => {
  beforeEach(() => database.session.execute(base))

  it('is caught by an invariant that asks what the rows mean', async () => {
    const report = must(await applyPlan(planWith(stock, [number, meaning]), database.url, options()))
    expect(report.status).toBe('failed')
    // Every step has done as it was told: the fault is the author's.
    expect(report.steps.map(({ outcome }) => outcome.status)).toEqual(['applied', 'applied', 'applied'])
    expect(report.invariants.filter(({ held }) => !held)).toEqual([
      {
        name: 'what became of each login',
        at: 'stage 1 backfill end',
        held: false,
        detail: expect.stringContaining('"failed"'),
      },
    ])
    expect(report.invariants.at(-2)).toMatchObject({ name: 'how many logins there are', held: true })
  })

  it('goes through where rows are only counted: two hundred in, two hundred out', async () => {
    const report = must(await applyPlan(planWith(stock, [number]), database.url, options()))
    expect(report.status).toBe('done')
    expect(await histogram()).toEqual([
      { became: 'asked', rows: 10 },
      { became: 'failed', rows: 190 },
    ])
  })

  it('keeps both where the migration knows what an empty error looks like', async () => {
    const report = must(await applyPlan(planWith(corrected, [number, meaning]), database.url, options()))
    expect(report.status).toBe('done')
    expect(await histogram()).toEqual([
      { became: 'answered', rows: 181 },
      { became: 'asked', rows: 10 },
      { became: 'failed', rows: 9 },
    ])
  })
})

describe('an invariant that the planner has generated', () => {
  const base =
    'CREATE TABLE things (id bigint PRIMARY KEY); INSERT INTO things SELECT generate_series(1, 300)'
  const pending = [
    "ALTER TABLE things ADD COLUMN kind text DEFAULT 'old'; UPDATE things SET kind = 'old' WHERE id > 9;",
  ]

  it('is asked when its backfill ends, and not before there is anything to ask', async () => {
    await database.session.execute(base)
    const plan = must(planFor({ base, pending, major: majorOf(database.session) }))
    expect(plan.invariants).toMatchObject([
      { name: 'kind of public.things is as the UPDATE sets it', origin: 'generated' },
    ])
    const report = must(await applyPlan(plan, database.url, options()))
    expect(report.status).toBe('done')
    expect(report.invariants).toEqual([
      { name: plan.invariants[0]?.name, at: 'stage 1 backfill end', held: true, detail: null },
    ])
  })

  it('stops the plan when something has undone what the backfill did', async () => {
    await database.session.execute(`${base}; ALTER TABLE things ADD COLUMN kind text`)
    const sql = `SELECT * FROM things WHERE kind IS DISTINCT FROM 'old'`
    const end = { stage: 1, phase: 'backfill', at: 'end' } as const
    const plan = planOf({
      major: majorOf(database.session),
      invariants: [
        { name: 'kind is old', sql, expect: 'no-rows', origin: 'generated', during: { from: end, to: end } },
      ],
      phases: {
        backfill: [
          batchesStep({
            id: 'set-kind',
            table: 'public.things',
            sql: `UPDATE things SET kind = 'old' WHERE id >= $1::bigint AND id <= $2::bigint`,
          }),
          rowsStep({ id: 'undo-one', sql: `UPDATE things SET kind = 'new' WHERE id = 7` }),
        ],
        contract: [ddlStep({ id: 'never' })],
      },
    })
    const report = must(await applyPlan(plan, database.url, options()))
    expect(report.status).toBe('failed')
    expect(report.invariants).toEqual([
      { name: 'kind is old', at: 'stage 1 backfill end', held: false, detail: expect.stringContaining('7') },
    ])
    expect(report.steps.find(({ step }) => step === 'never')?.outcome.status).toBe('not-run')
  })
})

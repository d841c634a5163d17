/** What the author's UPDATE puts in place of NULL, the trigger puts there while the old application goes on. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import type { Plan } from '../../src/model/plan.ts'
import { withDigest } from '../../src/plan/digest.ts'
import { loadParser } from '../../src/sql/parser.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { planFor, readScenario, stepsOf } from '../support/plan-scenario.ts'
import { majorOf, must, options } from './run-fixture.ts'

const scenario = 'fill-and-not-null'
let database: TestDatabase
let plan: Plan

beforeAll(loadParser)

beforeEach(async () => {
  database = await createTestDatabase()
  await database.session.execute(`${readScenario(scenario, 'base.sql')};
    INSERT INTO accounts (id, note) SELECT i, CASE WHEN i % 2 = 0 THEN 'US' END FROM generate_series(1, 900) i`)
  const made = must(
    planFor({ base: readScenario(scenario, 'base.sql'), pending: [readScenario(scenario, 'migration.sql')] }),
  )
  plan = withDigest({ ...made, server: { ...made.server, major: majorOf(database.session) } })
})

afterEach(() => database.drop())

describe('a column that becomes NOT NULL under an application that does not fill it', () => {
  it('takes its rows at every step, and leaves none of them NULL', async () => {
    let id = 1000
    const insert = async (): Promise<void> => {
      id += 1
      await database.session.change('INSERT INTO accounts (id, note) VALUES ($1, $2)', [String(id), 'DE'])
    }
    const run = options({ through: 'first-gate', afterStep: insert })
    expect(must(await applyPlan(plan, database.url, run)).status).toBe('at-gate')
    await insert()
    await database.session.execute(`UPDATE accounts SET "Plan" = NULL WHERE id = ${id}`)
    const [found] = await database.session.query(
      `SELECT count(*)::int AS rows, count("Plan")::int AS plans, count(*) FILTER (WHERE region = 'de')::int AS de FROM accounts`,
    )
    expect(found).toEqual({ rows: 900 + id - 1000, plans: 900 + id - 1000, de: id - 1000 })
    expect(id - 1000).toBeGreaterThan(8)

    expect(must(await applyPlan(plan, database.url, options())).status).toBe('done')
    await expect(insert()).rejects.toThrow(/null value in column/)
    const left = await database.session.query(
      `SELECT tgname FROM pg_trigger WHERE NOT tgisinternal UNION ALL SELECT proname FROM pg_proc WHERE proname LIKE 'lockstep%'`,
    )
    expect(left).toEqual([])
  })

  it('goes back to the first batch, past which its values are not kept', async () => {
    must(await applyPlan(plan, database.url, options()))
    const batches = stepsOf(plan).filter(({ kind }) => kind === 'in-batches')
    expect(batches.map(({ undo }) => undo.kind)).toEqual(['never', 'never'])
    const report = must(await rollbackPlan(plan, database.url, options()))
    expect(report.status).toBe('failed')
    await database.session.execute('INSERT INTO accounts (id) VALUES (5000)')
    const [row] = await database.session.query('SELECT "Plan", region FROM accounts WHERE id = 5000')
    expect(row).toEqual({ Plan: 'free', region: 'eu' })
  })
})

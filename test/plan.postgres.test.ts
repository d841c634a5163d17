/**
 * What is true of plans on a real server: they end in the database that the author's own SQL ends in, each step finds
 * what it asks for and leaves what it promises, and takes no strong lock that it has not declared.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Session } from '../src/database/session.ts'
import { judge } from '../src/execute/look.ts'
import type { Plan, Step } from '../src/model/plan.ts'
import { blocksReads, blocksWrites, lockModes } from '../src/postgres/lock-mode.ts'
import { loadParser } from '../src/sql/parser.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from './support/database.ts'
import { describeDatabase } from './support/describe-database.ts'
import { measure, relationsOf } from './support/measure-statement.ts'
import { planFor, readScenario, scenarios, stepsOf } from './support/plan-scenario.ts'
import { runStep, undoStep } from './support/run-steps.ts'

beforeAll(loadParser)

const planned = () =>
  scenarios.flatMap((scenario) => {
    const result = planFor({
      base: readScenario(scenario, 'base.sql'),
      pending: [readScenario(scenario, 'migration.sql')],
    })
    return result.ok ? [{ scenario, plan: result.value }] : []
  })

async function description(session: Session): Promise<readonly string[]> {
  return describeDatabase((sql) => session.query(sql), { columnOrder: false })
}

async function databaseOf(scenario: string): Promise<TestDatabase> {
  const database = await createTestDatabase()
  await database.session.execute(readScenario(scenario, 'base.sql'))
  return database
}

/** Runs a step as the executor would, but plainly, and says what does not fit its declarations. */
async function complaintsOf(
  step: Step,
  database: TestDatabase,
  control: Session,
): Promise<readonly string[]> {
  const lookers = { control, work: database.session }
  const complaints: string[] = []
  const ask = async (when: 'before' | 'after') => {
    for (const { holds, instead } of await judge(lookers, step[when])) {
      if (!holds) complaints.push(`${step.id}, ${when}: ${instead}`)
    }
  }
  await ask('before')
  const relations = await relationsOf(database.session)
  await runStep(database.session, { ...step, slug: step.id, phase: 'expand' }, async () => {
    const { locks } = await measure(database.session, relations)
    for (const { relation, mode } of locks) {
      if (!blocksReads(mode) && !blocksWrites(mode)) continue
      const declared = step.locks.find((lock) => lock.relation === relation)?.mode
      const isCovered = declared !== undefined && lockModes.indexOf(declared) >= lockModes.indexOf(mode)
      const isIndex = relations.some(({ name, kind }) => name === relation && 'iI'.includes(kind))
      if (!isCovered && !isIndex) complaints.push(`${step.id}: ${mode} on ${relation}, declared ${declared}`)
    }
  })
  await ask('after')
  return complaints
}

async function isUndoneTo(base: readonly string[], plan: Plan, session: Session): Promise<boolean> {
  for (const step of stepsOf(plan).toReversed()) {
    if (!(await undoStep(session, step.undo))) return false
  }
  expect(await description(session)).toEqual(base)
  return true
}

describe('a plan on a server', () => {
  it.each(scenarios)('%s', async (scenario) => {
    const result = planFor({
      base: readScenario(scenario, 'base.sql'),
      pending: [readScenario(scenario, 'migration.sql')],
    })
    if (!result.ok) return
    const plan = result.value
    const [stock, ours] = [await databaseOf(scenario), await databaseOf(scenario)]
    const control = await mustConnect(ours.url)
    try {
      await stock.session.execute(readScenario(scenario, 'migration.sql'))
      const base = await description(ours.session)
      const complaints: string[] = []
      for (const step of stepsOf(plan)) complaints.push(...(await complaintsOf(step, ours, control)))
      expect(complaints).toEqual([])
      expect(await description(ours.session)).toEqual(await description(stock.session))
      const steps = stepsOf(plan)
      const isWhole = steps.every(({ undo }) => undo.kind !== 'never')
      expect(await isUndoneTo(base, plan, ours.session)).toBe(isWhole)
    } finally {
      await control.close()
      await Promise.all([stock.drop(), ours.drop()])
    }
  })

  it('is what most scenarios have', () => {
    expect(planned().length).toBeGreaterThan(5)
  })
})

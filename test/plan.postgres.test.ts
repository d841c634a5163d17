/**
 * What is true of plans on a real server: they end in the database that the author's own SQL ends in, each step finds
 * what it asks for and leaves what it promises, and takes no strong lock that it has not declared.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Session } from '../src/database/session.ts'
import { judge } from '../src/execute/look.ts'
import { fillStep } from '../src/model/filled-step.ts'
import type { FilledStep, Plan, Step } from '../src/model/plan.ts'
import { blocksReads, blocksWrites, lockModes } from '../src/postgres/lock-mode.ts'
import type { Rule } from '../src/rules/define-rule.ts'
import { rules as allRules } from '../src/rules/index.ts'
import { loadParser } from '../src/sql/parser.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from './support/database.ts'
import { describeDatabase } from './support/describe-database.ts'
import { measure, relationsOf } from './support/measure-statement.ts'
import {
  oneOfEach,
  oneOfEachBase,
  pendingOf,
  planFor,
  readScenario,
  scenarioFolder,
  scenarios,
  stepsOf,
} from './support/plan-scenario.ts'
import { runStep, undoStep } from './support/run-steps.ts'

beforeAll(loadParser)

async function description(session: Session): Promise<readonly string[]> {
  return describeDatabase((sql) => session.query(sql), { columnOrder: false })
}

async function databaseOf(base: string): Promise<TestDatabase> {
  const database = await createTestDatabase()
  // Where a plan runs, the journal has made it.
  await database.session.execute(`CREATE SCHEMA lockstep; ${base}`)
  return database
}

/** All rows of all tables, whatever the order of rows and columns. */
async function contents(session: Session): Promise<readonly string[]> {
  const tables = await session.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  )
  const rows: string[] = []
  for (const { name } of tables) {
    const found = await session.query<{ row: string }>(
      `SELECT to_jsonb(t)::text AS row FROM ${name} t ORDER BY 1`,
    )
    rows.push(...found.map(({ row }) => `${name} ${row}`))
  }
  return rows
}

/** Runs a step as the executor would, but plainly, and says what does not fit its declarations. */
async function complaintsOf(
  step: FilledStep,
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

async function literalFoundBy(sql: string, session: Session): Promise<string> {
  const rows = await session.query<{ literal: string }>(
    `SELECT format('%L::%s', value, pg_typeof(value)) AS literal FROM (SELECT) AS always LEFT JOIN (${sql}) AS captured (value) ON true`,
  )
  expect(rows).toHaveLength(1)
  return rows[0]?.literal ?? ''
}

/** Takes back what the steps did, the last one first, up to one that has no way back; true: all of them. */
async function undoAll(steps: readonly FilledStep[], session: Session): Promise<boolean> {
  for (const step of steps.toReversed()) {
    if (!(await undoStep(session, step.undo))) return false
  }
  return true
}

/** `nothing` leaves something behind that does no harm, a comment or a wider type, but not with steps that only ask. */
function leavesNoTrace({ kind, undo }: Step): boolean {
  return undo.kind === 'sql' || kind === 'check' || kind === 'capture' || kind === 'gate'
}

/** Both databases from the same base, one by the author's SQL and one by the plan; then the plan's way back. */
async function hold(base: string, pending: readonly string[], plan: Plan): Promise<void> {
  const [stock, ours] = [await databaseOf(base), await databaseOf(base)]
  const control = await mustConnect(ours.url)
  try {
    for (const sql of pending) await stock.session.execute(sql)
    const before = await description(ours.session)
    const complaints: string[] = []
    const captured = new Map<string, string>()
    const steps: FilledStep[] = []
    for (const planned of stepsOf(plan)) {
      const step = fillStep(planned, (capture) => captured.get(capture) ?? 'nobody captured it')
      steps.push(step)
      complaints.push(...(await complaintsOf(step, ours, control)))
      if (step.kind === 'capture') captured.set(step.id, await literalFoundBy(step.sql, ours.session))
    }
    expect(complaints).toEqual([])
    expect(await description(ours.session)).toEqual(await description(stock.session))
    expect(await contents(ours.session)).toEqual(await contents(stock.session))
    const isReversible = stepsOf(plan).every(({ undo }) => undo.kind !== 'never')
    expect(await undoAll(steps, ours.session)).toBe(isReversible)
    const after = stepsOf(plan).every(leavesNoTrace) ? await description(ours.session) : before
    expect(after).toEqual(before)
  } finally {
    await control.close()
    await Promise.all([stock.drop(), ours.drop()])
  }
}

interface Case {
  readonly name: string
  readonly base: string
  readonly pending: readonly string[]
  readonly rules: readonly Rule[]
}

/** Those that have a plan, with steps in it. */
function plannedOf(cases: readonly Case[]): readonly { readonly one: Case; readonly plan: Plan }[] {
  return cases.flatMap((one) => {
    const result = planFor({ base: one.base, pending: one.pending, rules: one.rules })
    return result.ok && stepsOf(result.value).length > 0 ? [{ one, plan: result.value }] : []
  })
}

/** The others are refused, for reasons that stand beside them. */
const plannedScenarios = scenarios.filter((name) => existsSync(join(scenarioFolder, name, 'plan.md')))

describe('a plan on a server', () => {
  it.each(plannedScenarios)('ends as its scenario does: %s', async (name) => {
    const [base, pending] = [readScenario(name, 'base.sql'), pendingOf(name)]
    const result = planFor({ base, pending })
    expect(result).toMatchObject({ ok: true })
    if (result.ok) await hold(base, pending, result.value)
  })

  it.each([
    { which: 'with rules', rules: allRules },
    { which: 'without any', rules: [] },
  ])('does what one action of each kind does, $which', async ({ rules }) => {
    const cases = Object.entries(oneOfEach).map(([name, sql]) => ({
      name,
      base: oneOfEachBase,
      pending: [`${sql};`],
      rules,
    }))
    const planned = plannedOf(cases)
    expect(planned.length).toBeGreaterThan(16)
    for (const { one, plan } of planned) await hold(one.base, one.pending, plan)
  })
})

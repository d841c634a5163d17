/**
 * The load of `migrate demo --to 2.x`, statement by statement: the 1.x application works up to the gate of
 * plans/2.x.json, the 2.x application from the gate on, both beside each other, and the invariants hold at the end.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startApplication } from '../../src/demo/applications.ts'
import { demoUpgrades } from '../../src/demo/demo-upgrade.ts'
import { atEnd } from '../../src/demo/invariants.ts'
import { firstRelease, loadRowsSql } from '../../src/demo/load-rows.ts'
import { createRandom } from '../../src/demo/random.ts'
import { applyPlan } from '../../src/execute/apply.ts'
import type { ApplicationName } from '../../src/model/demo.ts'
import { plan as planSchema, type Plan } from '../../src/model/plan.ts'
import { readMigrations } from '../../src/source/read-migrations.ts'
import { packageFolder, runMigrate } from '../cli/run-migrate.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const upgrade = demoUpgrades['2.x']
const tokens = 400
const timesEach = 5

let database: TestDatabase
let plan: Plan
let before: readonly string[]
let seed = 0

beforeAll(async () => {
  database = await createTestDatabase()
  plan = await planFor(Math.floor(database.session.serverVersionNum / 10_000))
  const folder = join(packageFolder, 'migrations/1.x')
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => ({ path: `migrations/1.x/${name}`, text: readFileSync(join(folder, name), 'utf8') }))
  const read = readMigrations(files, { layout: 'ory', transaction: null })
  if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
  for (const { version, text } of read.value.up) {
    await database.session.execute(text)
    if (version !== firstRelease) continue
    for (const statement of loadRowsSql(tokens)) await database.session.execute(statement)
  }
  for (const statement of upgrade.laterRows(tokens)) await database.session.execute(statement)
  before = await answers(upgrade.invariants.map(({ sql }) => sql))
})
afterAll(async () => {
  await database.drop()
})

it('lets the 1.x application work at the start', async () => {
  expect(await failuresOf('1.x')).toEqual([])
})

it('lets both applications work at the gate', async () => {
  expect(await applied('first-gate')).toBe('at-gate')
  for (const application of ['1.x', '2.x', '1.x', '2.x'] as const) {
    expect(await failuresOf(application), application).toEqual([])
  }
})

it('lets the 2.x application work after the contract phase, and the 1.x application no longer', async () => {
  expect(await applied('all-gates')).toBe('done')
  expect(await failuresOf('2.x')).toEqual([])
  expect(await failuresOf('1.x')).not.toEqual([])
})

it('keeps every invariant', async () => {
  const after = await answers(upgrade.invariants.map((asked) => atEnd(asked).sql))
  for (const [index, { name, expect: wanted }] of upgrade.invariants.entries()) {
    expect({ name, value: after[index] }).toEqual({ name, value: wanted === 'zero' ? '0' : before[index] })
  }
  const added = upgrade.upgradedInvariants(tokens)
  const ofAdded = await answers(added.map(({ sql }) => sql))
  expect(added.flatMap(({ name }, index) => (ofAdded[index] === '0' ? [] : [name, ofAdded[index]]))).toEqual(
    [],
  )
})

/** Each statement of each script, a few times with other rows, each alone; those that failed, with the reason. */
async function failuresOf(application: ApplicationName): Promise<readonly string[]> {
  const { session } = database
  seed += 1
  const random = createRandom(seed, 0)
  const scripts = await startApplication(application, session)
  const failures: string[] = []
  for (const script of Array.from({ length: timesEach }, () => scripts).flat()) {
    for (const { text, values } of script.statements(random, { tokens })) {
      await session
        .query(text, values)
        .catch((error: unknown) => failures.push(`${script.name}: ${String(error)}`))
    }
  }
  return failures
}

async function applied(through: 'first-gate' | 'all-gates'): Promise<string> {
  const ended = await applyPlan(plan, database.url, {
    through,
    observer: () => undefined,
    random: () => 0.5,
    now: () => performance.now(),
  })
  return ended.ok ? ended.value.status : ended.problems.map(({ message }) => message).join('\n')
}

async function answers(asked: readonly string[]): Promise<readonly string[]> {
  const values: string[] = []
  for (const sql of asked) {
    const [row] = await database.session.query<{ value: string }>(sql)
    values.push(row?.value ?? 'no answer')
  }
  return values
}

/** The plan that ships, or one like it for a server of another major. */
async function planFor(major: number): Promise<Plan> {
  const shipped = planSchema.parse(JSON.parse(readFileSync(join(packageFolder, 'plans/2.x.json'), 'utf8')))
  if (shipped.server.major === major) return shipped
  const scratch = mkdtempSync(join(tmpdir(), 'lockstep-plan-'))
  try {
    const path = join(scratch, '2.x.json')
    const command = `plan migrations/1.x migrations/2.x --through ${upgrade.through} --server-version ${major} --no-proof --out ${path}`
    const ended = await runMigrate(command.split(' '))
    expect(ended.code, ended.stderr).toBe(0)
    return planSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

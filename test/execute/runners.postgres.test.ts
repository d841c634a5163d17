/**
 * Runners started at once on one database, each a process of its own, as a deploy of several machines starts them: one is
 * at work at a time, and no step is done twice. `npm run runners` starts twenty, fifty times.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runReport } from '../../src/model/outcome.ts'
import type { Plan } from '../../src/model/plan.ts'
import { runMigrate } from '../cli/run-migrate.ts'
import { faultPlan, setup } from '../faults/fault-plan.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { stepsOf } from '../support/plan-scenario.ts'
import { majorOf } from './run-fixture.ts'

const [runners = 5, repetitions = 2] = (process.env['LOCKSTEP_RUNNERS'] ?? '5x2').split('x').map(Number)
const allDay = 3_600_000

let template: TestDatabase
let folder: string
let plan: Plan

beforeAll(async () => {
  template = await createTestDatabase()
  await template.session.execute(setup)
  plan = faultPlan(majorOf(template.session))
  await template.session.close()
  folder = mkdtempSync(join(tmpdir(), 'lockstep-runners-'))
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))
})

afterAll(async () => {
  const admin = await mustConnect(template.url.replace(`/${template.name}`, '/postgres'))
  await admin.execute(`DROP DATABASE "${template.name}" WITH (FORCE)`)
  await admin.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What they did together: how often each step was applied, and how many had to wait for whom. */
async function together(url: string): Promise<{
  readonly applied: Readonly<Record<string, number>>
  readonly waited: number
}> {
  const args = [
    'apply',
    'plan.json',
    '--unproved',
    '--through-gates',
    '--format',
    'json',
    '--database-url',
    url,
  ]
  const ended = await Promise.all(Array.from({ length: runners }, () => runMigrate(args, { cwd: folder })))
  const applied = Object.fromEntries(stepsOf(plan).map(({ id }) => [id, 0]))
  for (const { code, stdout, stderr } of ended) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) })
    const report = runReport.parse(JSON.parse(stdout))
    expect(report.status).toBe('done')
    for (const { step, outcome } of report.steps) {
      if (outcome.status === 'applied') applied[step] = (applied[step] ?? 0) + 1
    }
  }
  return { applied, waited: ended.filter(({ stderr }) => /runner/.test(stderr)).length }
}

it(
  `${runners} at once, ${repetitions} times: each step once, no deadlock, and who waits says for whom`,
  { timeout: allDay },
  async () => {
    let waited = 0
    for (let repetition = 1; repetition <= repetitions; repetition++) {
      const database = await createTestDatabase(template.name)
      try {
        const run = await together(database.url)
        expect(run.applied).toEqual(Object.fromEntries(stepsOf(plan).map(({ id }) => [id, 1])))
        waited += run.waited
        const rows = await database.session.query(`
          SELECT (SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()) AS deadlocks,
                 (SELECT max(attempt) FROM lockstep.step) AS attempts,
                 (SELECT count(*)::int FROM things WHERE n <> CASE WHEN id <= 5 THEN 11 ELSE 1 END) AS twice`)
        expect(rows).toEqual([{ deadlocks: 0, attempts: 1, twice: 0 }])
      } finally {
        await database.drop()
      }
    }
    console.info(
      `${runners} runners, ${repetitions} times: ${waited} waited for another, each step was applied once`,
    )
    expect(waited).toBeGreaterThan(0)
  },
)

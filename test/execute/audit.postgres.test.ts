/** What a run leaves in the audit trail, what it says of its waits, and the sessions that it may end. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyPlan } from '../../src/execute/apply.ts'
import { readAudit } from '../../src/execute/read-audit.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import type { Plan } from '../../src/model/plan.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { createOwner } from '../support/role.ts'
import { addColumn, planOf } from './plan-fixture.ts'
import { codeOf, majorOf, must, options, outcomeOf } from './run-fixture.ts'

let database: TestDatabase
let plan: Plan

beforeEach(async () => {
  database = await createTestDatabase()
  await database.session.execute('CREATE TABLE child (id bigint PRIMARY KEY); INSERT INTO child VALUES (1)')
  plan = planOf({
    major: majorOf(database.session),
    phases: { expand: [addColumn('add-x', 'public.child', 'x', 'int')] },
  })
})
afterEach(() => database.drop())

describe('the audit trail', () => {
  it('is empty where nothing was ever asked', async () => {
    expect(must(await readAudit(database.url))).toEqual([])
  })

  it('tells who asked for what, with which plan, and how it ended; and outlives a plan that is rolled back', async () => {
    must(await applyPlan(plan, database.url, options()))
    must(await rollbackPlan(plan, database.url, options()))
    must(await applyPlan(plan, database.url, options()))
    const trail = must(await readAudit(database.url))
    expect(trail.map(({ action, detail }) => [action, detail['status'] ?? null])).toEqual([
      ['apply', null],
      ['run-ended', 'done'],
      ['rollback', null],
      ['run-ended', 'done'],
      ['apply', null],
      ['run-ended', 'done'],
    ])
    const [user] = await database.session.query<{ name: string }>('SELECT session_user::text AS name')
    const name = user?.name
    for (const entry of trail) {
      expect(entry).toMatchObject({ plan: plan.id, digest: plan.digest, sessionUser: name, role: name })
      expect(entry.owner).toContain(`process ${process.pid}`)
    }
  })
})

describe('a session in the way', () => {
  it('is never ended without being told to', async () => {
    const reader = await mustConnect(database.url, 'reader')
    await reader.execute('BEGIN; SELECT count(*) FROM child')
    const report = must(await applyPlan(plan, database.url, options({ lockWaitMaxMs: 500 })))
    expect(outcomeOf(report, 'add-x').status).toBe('lock-timeout')
    expect(report.steps[0]?.waits?.lookingMs).toBeGreaterThan(300)
    expect((await reader.query<{ x: number }>('SELECT 1 AS x'))[0]?.x).toBe(1)
    await reader.close()
  })

  it('is ended when its transaction is older than the user allows, which is told and kept', async () => {
    const reader = await mustConnect(database.url, 'reader')
    await reader.execute(`BEGIN; SELECT count(*), 'my password' FROM child`)
    const run = options({ terminateBlockersOlderThanMs: 700 })
    const report = must(await applyPlan(plan, database.url, run))
    expect(outcomeOf(report, 'add-x').status).toBe('applied')
    await expect(reader.query('SELECT 1')).rejects.toMatchObject({ connectionLost: true })
    const [ended] = run.events.filter((event) => event.kind === 'blocker-terminated')
    expect(ended).toMatchObject({
      blocker: { pid: reader.pid, application: 'reader', query: '(a statement about a password)' },
    })
    expect(ended?.blocker.transactionAgeMs).toBeGreaterThan(700)
    const trail = must(await readAudit(database.url))
    expect(trail.find(({ action }) => action === 'blocker-terminated')?.detail).toMatchObject({
      step: 'add-x',
      blocker: { pid: reader.pid },
    })
    await reader.close()
  })

  it('is not ended by a role that may not: it is told before anything is done', async () => {
    const role = await createOwner(database)
    const run = options({ terminateBlockersOlderThanMs: 100 })
    const refused = await applyPlan(plan, role.url, run)
    expect(codeOf(refused)).toBe('terminate-not-allowed')
    expect(await database.session.query(`SELECT FROM pg_namespace WHERE nspname = 'lockstep'`)).toEqual([])
    await role.drop()
  })

  it('is let be, with a warning, when it is a superuser of whom the role may end no session', async () => {
    const role = await createOwner(database)
    await database.session.execute(
      `GRANT pg_signal_backend, pg_read_all_stats TO "${role.name}"; ALTER TABLE child OWNER TO "${role.name}"`,
    )
    const reader = await mustConnect(database.url, 'reader')
    await reader.execute('BEGIN; SELECT count(*) FROM child')
    const run = options({ terminateBlockersOlderThanMs: 100, lockWaitMaxMs: 800 })
    const report = must(await applyPlan(plan, role.url, run))
    expect(outcomeOf(report, 'add-x').status).toBe('lock-timeout')
    const warnings = run.events.filter(({ kind }) => kind === 'warning')
    expect(warnings).toEqual([
      { kind: 'warning', message: expect.stringContaining(`pid ${reader.pid} cannot be ended`) },
    ])
    await reader.close()
    await role.drop()
  })
})

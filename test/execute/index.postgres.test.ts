import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Session } from '../../src/database/session.ts'
import { applyPlan } from '../../src/execute/apply.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { dropIndexStep, indexStep, planOf } from './plan-fixture.ts'
import { majorOf, must, options, outcomeOf, until } from './run-fixture.ts'

let database: TestDatabase
let sessions: Session[]

beforeEach(async () => {
  sessions = []
  database = await createTestDatabase()
  await database.session.execute(`
    CREATE SCHEMA "Shop";
    CREATE TABLE "Shop"."Orders" (id bigint PRIMARY KEY, "Mail" text, gone boolean NOT NULL DEFAULT false);
    INSERT INTO "Shop"."Orders" SELECT i, 'm' || i FROM generate_series(1, 2000) i`)
})

afterEach(async () => {
  for (const session of sessions) await session.close()
  await database.drop()
})

async function open(name: string): Promise<Session> {
  const session = await mustConnect(database.url, name)
  sessions.push(session)
  return session
}

const table = '"Shop"."Orders"'
const index = '"Shop"."Orders_Mail"'

function plan(...steps: Step[]): Plan {
  return planOf({ major: majorOf(database.session), phases: { expand: steps } })
}

function build(unique = '', tail = '("Mail")'): Step {
  return indexStep({
    id: 'build',
    index,
    table,
    sql: `CREATE ${unique} INDEX CONCURRENTLY "Orders_Mail" ON ${table} ${tail}`,
  })
}

async function indexes(): Promise<readonly { name: string; valid: boolean }[]> {
  return await database.session.query(
    `SELECT c.relname::text AS name, indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      WHERE indrelid = $1::regclass AND NOT indisprimary ORDER BY 1`,
    [table],
  )
}

describe('a concurrent build', () => {
  it('shows the keys that it met twice, and leaves nothing behind', async () => {
    await database.session.execute(`
      UPDATE ${table} SET "Mail" = 'twice' WHERE id <= 3; UPDATE ${table} SET "Mail" = 'often' WHERE id BETWEEN 10 AND 13;
      UPDATE ${table} SET "Mail" = NULL WHERE id BETWEEN 20 AND 23; UPDATE ${table} SET gone = true, "Mail" = 'old' WHERE id > 1990`)
    const given = plan(build('UNIQUE', '(lower("Mail")) WHERE NOT gone'))
    const report = must(await applyPlan(given, database.url, options()))
    expect(outcomeOf(report, 'build')).toMatchObject({
      status: 'failed',
      sqlstate: '23505',
      rows: [
        { 'lower("Mail")': 'often', lockstep_rows: '4' },
        { 'lower("Mail")': 'twice', lockstep_rows: '3' },
      ],
    })
    expect(await indexes()).toEqual([])
    await database.session.execute(`UPDATE ${table} SET "Mail" = 'm' || id`)
    expect(must(await applyPlan(given, database.url, options())).status).toBe('done')
    expect(await indexes()).toEqual([{ name: 'Orders_Mail', valid: true }])
  })

  it('cleans away what an earlier one left, its _ccnew too, and nobody else’s index', async () => {
    await database.session.execute(`
      CREATE INDEX "Orders_Mail" ON ${table} (id); CREATE INDEX "Orders_Mail_ccnew" ON ${table} (id);
      CREATE INDEX other ON ${table} (id);
      UPDATE pg_index SET indisvalid = false WHERE indrelid = '${table}'::regclass AND NOT indisprimary`)
    const run = options()
    const report = must(await applyPlan(plan(build()), database.url, run))
    expect(report.status).toBe('done')
    expect(run.events.filter(({ kind }) => kind === 'cleaned-up')).toEqual([
      { kind: 'cleaned-up', step: 'build', what: 'INVALID index "Shop"."Orders_Mail"' },
      { kind: 'cleaned-up', step: 'build', what: 'INVALID index "Shop"."Orders_Mail_ccnew"' },
    ])
    expect(await indexes()).toEqual([
      { name: 'Orders_Mail', valid: true },
      { name: 'other', valid: false },
    ])
  })

  it('says who holds it up, and is cancelled and cleaned away on request', async () => {
    const holder = await open('report')
    await holder.execute('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1')
    const stop = new AbortController()
    const run = options({
      signal: stop.signal,
      observer: (event) => {
        if (event.kind === 'waiting-for-lock') setTimeout(() => stop.abort(), 300)
      },
    })
    const report = must(await applyPlan(plan(build()), database.url, run))
    expect(run.events).toContainEqual({
      kind: 'waiting-for-lock',
      step: 'build',
      blockers: [expect.objectContaining({ pid: holder.pid, application: 'report' })],
    })
    expect(run.events).toContainEqual(
      expect.objectContaining({ kind: 'progress', step: 'build', what: 'waiting for old snapshots' }),
    )
    expect(outcomeOf(report, 'build')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('stopped on request'),
    })
    expect(await indexes()).toEqual([])
    await holder.execute('COMMIT')
    expect(must(await applyPlan(plan(build()), database.url, options())).status).toBe('done')
  })

  it('that somebody else is at is waited for, and not mistaken for debris', async () => {
    const holder = await open('report')
    await holder.execute('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1')
    const stranger = await open('stranger')
    const building = stranger.execute(`CREATE INDEX CONCURRENTLY "Orders_Mail" ON ${table} ("Mail")`)
    await until(
      database.session,
      `EXISTS (SELECT FROM pg_stat_progress_create_index WHERE datname = current_database() AND phase = 'waiting for old snapshots')`,
    )
    const late = must(
      await applyPlan(plan(build()), database.url, options({ lockWaitMaxMs: 300, orphanPatienceMs: 50 })),
    )
    expect(outcomeOf(late, 'build')).toMatchObject({
      status: 'lock-timeout',
      blockers: [expect.objectContaining({ pid: stranger.pid, application: 'stranger' })],
    })
    const applied = applyPlan(plan(build()), database.url, options())
    await holder.execute('COMMIT')
    await building
    expect(outcomeOf(must(await applied), 'build')).toEqual({ status: 'already-applied' })
    expect(await indexes()).toEqual([{ name: 'Orders_Mail', valid: true }])
  })
})

describe('a concurrent drop', () => {
  it('goes on with an index that is half dropped', async () => {
    await database.session.execute(`
      CREATE INDEX "Orders_Mail" ON ${table} ("Mail");
      UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${index}'::regclass`)
    const step = dropIndexStep({
      id: 'drop',
      index,
      table,
      sql: `DROP INDEX CONCURRENTLY ${index}`,
      before: [{ kind: 'index', index, exists: true, valid: true, definition: null }],
    })
    expect(outcomeOf(must(await applyPlan(plan(step), database.url, options())), 'drop')).toMatchObject({
      status: 'applied',
    })
    expect(await indexes()).toEqual([])
  })

  it('can be stopped while a transaction holds it up', async () => {
    await database.session.execute(`CREATE INDEX "Orders_Mail" ON ${table} ("Mail")`)
    const reader = await open('reader')
    await reader.execute(`BEGIN; SELECT count(*) FROM ${table}`)
    const stop = new AbortController()
    const step = dropIndexStep({ id: 'drop', index, table, sql: `DROP INDEX CONCURRENTLY ${index}` })
    const run = options({
      signal: stop.signal,
      observer: (event) => {
        if (event.kind === 'waiting-for-lock') stop.abort()
      },
    })
    const report = must(await applyPlan(plan(step), database.url, run))
    expect(outcomeOf(report, 'drop')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('INVALID'),
    })
    await reader.execute('COMMIT')
    expect(must(await applyPlan(plan(step), database.url, options())).status).toBe('done')
    expect(await indexes()).toEqual([])
  })
})

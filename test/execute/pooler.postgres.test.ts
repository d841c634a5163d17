/** Through a real pgbouncer: a pool that gives each transaction another backend is refused, session mode works. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { isPgbouncerInstalled, startPgbouncer, type Pgbouncer } from '../support/pgbouncer.ts'
import { addColumn, planOf } from './plan-fixture.ts'
import { codeOf, majorOf, must, options } from './run-fixture.ts'

let database: TestDatabase
let pool: Pgbouncer | null

beforeEach(async () => {
  pool = null
  database = await createTestDatabase()
  await database.session.execute('CREATE TABLE child (id bigint PRIMARY KEY)')
})
afterEach(async () => {
  await pool?.stop()
  await database.drop()
})

describe.skipIf(!isPgbouncerInstalled)('through pgbouncer', () => {
  const plan = () =>
    planOf({
      major: majorOf(database.session),
      phases: { expand: [addColumn('add-x', 'public.child', 'x', 'int')] },
    })

  it.each(['transaction', 'statement'] as const)(
    '%s mode is refused before anything is written',
    async (mode) => {
      pool = await startPgbouncer(mode)
      const refused = await applyPlan(plan(), pool.urlOf(database.name), options({ runnerWaitMaxMs: 2_000 }))
      expect(codeOf(refused)).toBe('pooled-connection')
      expect(refused.ok ? '' : refused.problems[0]?.hint).toContain('session mode')
      expect(await database.session.query(`SELECT FROM pg_namespace WHERE nspname = 'lockstep'`)).toEqual([])
    },
  )

  it('is refused in transaction mode too when other clients keep its backends busy', async () => {
    pool = await startPgbouncer('transaction')
    const url = pool.urlOf(database.name)
    const busy = await Promise.all(
      [1, 2, 3].map(() => applyPlan(plan(), url, options({ runnerWaitMaxMs: 500 }))),
    )
    expect(new Set(busy.map(codeOf)).has('none')).toBe(false)
    const locks = await database.session.query(
      `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    )
    expect(locks).toEqual([])
  })

  it('is refused in transaction mode too when the pool has one backend for all', async () => {
    pool = await startPgbouncer('transaction', 1)
    expect(codeOf(await applyPlan(plan(), pool.urlOf(database.name), options()))).toBe('pooled-connection')
  })

  it('session mode applies a plan and takes it back', async () => {
    pool = await startPgbouncer('session')
    const url = pool.urlOf(database.name)
    expect(must(await applyPlan(plan(), url, options())).status).toBe('done')
    expect(must(await rollbackPlan(plan(), url, options())).status).toBe('done')
  })
})

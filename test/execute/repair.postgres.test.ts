/** What interrupted runs leave, ours and other tools', found and mended on a real server. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyPlan } from '../../src/execute/apply.ts'
import { readAudit } from '../../src/execute/read-audit.ts'
import { listDebris, repairDatabase } from '../../src/execute/repair.ts'
import { readStatus } from '../../src/execute/status.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import type { RepairReport } from '../../src/model/repair.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { indexStep, planOf } from './plan-fixture.ts'
import { codeOf, majorOf, must, options } from './run-fixture.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await database.session.execute(`
    CREATE SCHEMA "My Shop";
    CREATE TABLE "My Shop"."Orders" (id bigint PRIMARY KEY, n int, total int);
    INSERT INTO "My Shop"."Orders" SELECT i, i / 2, i FROM generate_series(1, 100) i;`)
})
afterEach(() => database.drop())

/** A unique build over duplicates fails, and leaves its index behind, as any tool's would. */
async function failedBuild(name: string): Promise<void> {
  const build = `CREATE UNIQUE INDEX CONCURRENTLY "${name}" ON "My Shop"."Orders" (n)`
  await expect(database.session.execute(build)).rejects.toMatchObject({ sqlstate: '23505' })
}

function seen({ debris }: RepairReport): readonly (readonly [string, string, Outcome['status'] | null])[] {
  return debris.map(({ kind, object, outcome }) => [kind, object, outcome?.status ?? null] as const)
}

describe('what is left over', () => {
  it('is nothing in a database where nothing was interrupted', async () => {
    expect(must(await listDebris(database.url))).toEqual({ debris: [] })
  })

  it('is found, and mended by name or all of it, without a plan', async () => {
    await failedBuild('Orders_n')
    await failedBuild('other_n_ccnew')
    await database.session.execute(`
      ALTER TABLE "My Shop"."Orders" ADD CONSTRAINT "Total" CHECK (total > 0) NOT VALID;
      CREATE SCHEMA lockstep;
      CREATE FUNCTION lockstep.sync() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE FUNCTION lockstep.unused() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER "~lockstep_1" BEFORE INSERT ON "My Shop"."Orders" FOR EACH ROW EXECUTE FUNCTION lockstep.sync();
      ALTER TABLE "My Shop"."Orders" ADD COLUMN _pgroll_new_total int`)
    const found = must(await listDebris(database.url))
    expect(seen(found)).toEqual([
      ['invalid-index', '"My Shop"."Orders_n"', null],
      ['invalid-index', '"My Shop".other_n_ccnew', null],
      ['not-valid-constraint', '"Total" on "My Shop"."Orders"', null],
      ['other-tool', 'column _pgroll_new_total on "My Shop"."Orders"', null],
      ['sync-function', 'lockstep.unused()', null],
      ['sync-trigger', '"~lockstep_1" on "My Shop"."Orders"', null],
    ])
    expect(must(await readStatus(database.url)).debris.map(({ object }) => object)).toEqual(
      found.debris.map(({ object }) => object),
    )

    const one = await repairDatabase(database.url, { ...options(), objects: ['"My Shop"."Orders_n"'] })
    expect(seen(must(one))[0]).toEqual(['invalid-index', '"My Shop"."Orders_n"', 'applied'])
    const all = await repairDatabase(database.url, { ...options(), objects: 'all' })
    expect(seen(must(all)).map(([kind, , status]) => [kind, status])).toEqual([
      ['invalid-index', 'applied'],
      ['not-valid-constraint', 'applied'],
      ['other-tool', null],
      ['sync-function', 'applied'],
      ['sync-trigger', 'applied'],
    ])
    expect(seen(must(await listDebris(database.url))).map(([kind]) => kind)).toEqual(['other-tool'])
    expect(
      await database.session.query(
        `SELECT proname FROM pg_proc WHERE pronamespace = 'lockstep'::regnamespace`,
      ),
    ).toEqual([])
    const trail = must(await readAudit(database.url))
    expect(trail.map(({ action, plan }) => [action, plan])).toEqual(
      Array.from({ length: 5 }, () => ['repaired', null]),
    )
  })

  it('is told of by what stands in the way of mending it', async () => {
    await database.session.execute(`
      ALTER TABLE "My Shop"."Orders" ADD CONSTRAINT big CHECK (total > 50) NOT VALID`)
    const report = must(await repairDatabase(database.url, { ...options(), objects: 'all' }))
    expect(report.debris[0]?.outcome).toMatchObject({ status: 'failed', sqlstate: '23514' })
    expect(codeOf(await repairDatabase(database.url, { ...options(), objects: ['nobody'] }))).toBe(
      'no-such-debris',
    )
  })

  it('is a partition whose detaching was interrupted', async () => {
    await database.session.execute(`
      CREATE TABLE log (at date, what text) PARTITION BY RANGE (at);
      CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
      INSERT INTO log VALUES ('2026-01-02', 'a')`)
    const reader = await mustConnect(database.url, 'reader')
    await reader.execute('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM log')
    const runner = await mustConnect(database.url, 'runner')
    await runner.execute(`SET statement_timeout = 500`)
    await expect(runner.execute('ALTER TABLE log DETACH PARTITION log_1 CONCURRENTLY')).rejects.toMatchObject(
      {
        sqlstate: '57014',
      },
    )
    await reader.execute('COMMIT')
    expect(seen(must(await listDebris(database.url)))).toEqual([
      ['pending-detach', 'public.log_1 on public.log', null],
    ])
    const report = must(await repairDatabase(database.url, { ...options(), objects: 'all' }))
    expect(seen(report)).toEqual([['pending-detach', 'public.log_1 on public.log', 'applied']])
    expect(await database.session.query('SELECT * FROM log_1')).toHaveLength(1)
    await reader.close()
    await runner.close()
  })

  it('of an open plan is left to apply', async () => {
    const plan = planOf({
      major: majorOf(database.session),
      phases: {
        expand: [
          indexStep({
            id: 'build',
            index: '"My Shop".orders_n',
            table: '"My Shop"."Orders"',
            sql: 'CREATE UNIQUE INDEX CONCURRENTLY orders_n ON "My Shop"."Orders" (n)',
          }),
        ],
      },
    })
    expect(must(await applyPlan(plan, database.url, options())).status).toBe('failed')
    // The failed step cleans up behind itself; this one is as a killed runner leaves it.
    await failedBuild('orders_n')
    const [left] = must(await listDebris(database.url)).debris
    expect(left).toMatchObject({
      ofStep: 'build',
      repair: null,
      advice: expect.stringContaining('migrate apply'),
    })
    const refused = await repairDatabase(database.url, { ...options(), objects: ['"My Shop".orders_n'] })
    expect(codeOf(refused)).toBe('not-repairable')
  })

  it('is let be while somebody builds it', async () => {
    const holder = await mustConnect(database.url, 'holder')
    await holder.execute(`BEGIN; UPDATE "My Shop"."Orders" SET total = total WHERE id = 1`)
    const builder = await mustConnect(database.url, 'builder')
    const building = builder.execute('CREATE INDEX CONCURRENTLY building ON "My Shop"."Orders" (total)')
    await expect
      .poll(() => database.session.query(`SELECT FROM pg_stat_progress_create_index`))
      .toHaveLength(1)
    expect(must(await listDebris(database.url))).toEqual({ debris: [] })
    await holder.execute('COMMIT')
    await building
    expect(must(await listDebris(database.url))).toEqual({ debris: [] })
    await holder.close()
    await builder.close()
  })
})

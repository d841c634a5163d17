/** Runners that are killed, by SIGKILL, at the worst moments; and what the next one makes of it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fingerprintOf } from '../../src/database/fingerprint.ts'
import { readCatalog } from '../../src/database/read-catalog.ts'
import type { Session } from '../../src/database/session.ts'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import { readStatus } from '../../src/execute/status.ts'
import type { Plan } from '../../src/model/plan.ts'
import { runEvent, type RunEvent } from '../../src/model/run-event.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { addColumn, batchesStep, indexStep, planOf, rowsStep } from './plan-fixture.ts'
import { majorOf, must, options, outcomeOf, until } from './run-fixture.ts'

const rows = 30_000
const table = 'public.things'

let folder: string
let program: string
let template: TestDatabase
let database: TestDatabase
let sessions: Session[]
let children: ChildProcess[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-runner-'))
  program = join(folder, 'runner.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('./runner-process.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    outfile: program,
    logLevel: 'warning',
  })
  template = await createTestDatabase()
  await template.session.execute(`
    CREATE TABLE things (id bigint PRIMARY KEY, n integer NOT NULL DEFAULT 0, pad text);
    INSERT INTO things (id, pad) SELECT i, repeat('x', 50) FROM generate_series(1, ${rows}) i`)
  await template.session.close()
})

afterAll(async () => {
  const admin = await mustConnect(template.url.replace(`/${template.name}`, '/postgres'))
  await admin.execute(`DROP DATABASE "${template.name}" WITH (FORCE)`)
  await admin.close()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  sessions = []
  children = []
  database = await createTestDatabase(template.name)
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const session of sessions) await session.close()
  await database.drop()
})

async function open(name: string): Promise<Session> {
  const session = await mustConnect(database.url, name)
  sessions.push(session)
  return session
}

function plan(): Plan {
  return planOf({
    id: 'crash-plan',
    major: majorOf(database.session),
    phases: {
      expand: [
        addColumn('add-twice', table, 'twice', 'bigint'),
        rowsStep({ id: 'once', sql: 'UPDATE things SET n = n + 10 WHERE id <= 5' }),
        indexStep({
          id: 'build',
          index: 'public.things_pad',
          table,
          sql: 'CREATE INDEX CONCURRENTLY things_pad ON public.things (pad, n)',
        }),
      ],
      backfill: [
        batchesStep({
          id: 'fill',
          table,
          batchRowsMax: 400,
          sql: 'UPDATE things SET twice = id * 2, n = n + 1 WHERE (id) >= ($1::bigint) AND (id) <= ($2::bigint)',
        }),
      ],
    },
  })
}

interface Runner {
  readonly child: ChildProcess
  readonly events: RunEvent[]
  readonly exited: Promise<void>
  reached(test: (event: RunEvent) => boolean): Promise<void>
}

function start(given: Plan): Runner {
  const child = spawn(process.execPath, [program, database.url, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const events: RunEvent[] = []
  const watchers = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = runEvent.safeParse(JSON.parse(line))
    if (event.success) events.push(event.data)
    for (const watcher of watchers) watcher()
  })
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  return {
    child,
    events,
    exited,
    reached: (test) =>
      new Promise((done, fail) => {
        const look = (): void => {
          if (events.some(test)) done()
        }
        watchers.add(look)
        void exited.then(() => fail(new Error('the runner ended by itself')))
        look()
      }),
  }
}

/** What a run that nobody disturbs ends in. */
async function undisturbed(): Promise<unknown> {
  const other = await createTestDatabase(template.name)
  try {
    expect(must(await applyPlan(plan(), other.url, options())).status).toBe('done')
    return await endOf(other.session)
  } finally {
    await other.drop()
  }
}

async function endOf(session: Session): Promise<unknown> {
  return {
    schema: fingerprintOf(await readCatalog(session), [table]),
    rows: await session.query(
      `SELECT n, count(*)::int, sum(twice)::text AS twice FROM things GROUP BY n ORDER BY n`,
    ),
    invalid: await session.query(`SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid`),
    indexes: await session.query(
      `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'things'::regclass ORDER BY 1`,
    ),
  }
}

/** A runner that is killed while its build waits for this holder's snapshot. */
async function killInBuild(): Promise<{
  readonly holder: Session
  readonly backend: number
  readonly runner: Runner
}> {
  const holder = await open('report')
  const runner = start(plan())
  await runner.reached((event) => event.kind === 'step-started' && event.step === 'once')
  await holder.execute('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class')
  await until(
    database.session,
    `EXISTS (SELECT FROM pg_stat_progress_create_index WHERE datname = current_database() AND phase LIKE 'waiting for%')`,
  )
  const [build] = await database.session.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_progress_create_index WHERE datname = current_database()',
  )
  runner.child.kill('SIGKILL')
  await runner.exited
  return { holder, backend: build?.pid ?? 0, runner }
}

describe('a runner that is killed', () => {
  it('while it builds an index, its backend gone too: the debris is cleaned away and the index built', async () => {
    const { holder, backend } = await killInBuild()
    await database.session.query('SELECT pg_terminate_backend($1)', [backend])
    await until(database.session, `NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ${backend})`)
    const status = must(await readStatus(database.url))
    expect(status.runner).toBeNull()
    expect(status.debris).toMatchObject([
      { kind: 'invalid-index', object: 'public.things_pad', ofStep: 'build' },
    ])
    expect(status.steps.find(({ step }) => step === 'build')).toMatchObject({
      state: 'running',
      found: 'partial',
    })
    await holder.execute('COMMIT')
    const run = options()
    const report = must(await applyPlan(plan(), database.url, run))
    expect(report.status).toBe('done')
    expect(outcomeOf(report, 'once')).toEqual({ status: 'already-applied' })
    expect(run.events).toContainEqual({
      kind: 'cleaned-up',
      step: 'build',
      what: 'INVALID index public.things_pad',
    })
    expect(await endOf(database.session)).toEqual(await undisturbed())
  })

  it('while it builds an index, its backend still at it: the build is found running and waited for', async () => {
    const { holder, backend } = await killInBuild()
    const run = options()
    const applied = applyPlan(plan(), database.url, run)
    await until(database.session, `EXISTS (SELECT FROM lockstep.step WHERE step = 'build' AND attempt = 2)`)
    await holder.execute('COMMIT')
    expect(must(await applied).status).toBe('done')
    // Either it came to its end, or the server noticed that nobody listens any more and ended it.
    expect(run.events.some(({ kind }) => kind === 'progress')).toBe(true)
    expect(await database.session.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [backend])).toEqual(
      [],
    )
    expect(await endOf(database.session)).toEqual(await undisturbed())
  })

  it('leaving a backend that does not notice: an idle one is ended, a build is waited for and taken as it is', async () => {
    const given = plan()
    const holder = await open('report')
    // What a server leaves that does not check its clients: the same name, the same statement, nobody behind it.
    const idle = await open('lockstep/crash-plan')
    await idle.execute('BEGIN; LOCK TABLE things IN ACCESS SHARE MODE')
    must(
      await applyPlan(given, database.url, options({ through: { phase: 'expand' }, lockWaitMaxMs: 5_000 })),
    )
    await expect(idle.execute('SELECT 1')).rejects.toThrow('terminating connection')

    await database.session.execute(
      `DROP INDEX things_pad; UPDATE lockstep.step SET state = 'running' WHERE step = 'build'`,
    )
    await holder.execute('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class')
    const orphan = await open('lockstep/crash-plan')
    const building = orphan.execute('CREATE INDEX CONCURRENTLY things_pad ON public.things (pad, n)')
    await until(
      database.session,
      `EXISTS (SELECT FROM pg_stat_progress_create_index WHERE datname = current_database() AND phase = 'waiting for old snapshots')`,
    )
    const run = options()
    const applied = applyPlan(given, database.url, run)
    await until(database.session, `EXISTS (SELECT FROM lockstep.step WHERE step = 'build' AND attempt = 2)`)
    await holder.execute('COMMIT')
    await building
    const report = must(await applied)
    expect(outcomeOf(report, 'build')).toEqual({ status: 'already-applied' })
    expect(await endOf(database.session)).toEqual(await undisturbed())
  })

  it('leaving a build that stands still for too long: it is ended, cleaned away, and built again', async () => {
    const given = plan()
    must(await applyPlan(given, database.url, options({ through: { phase: 'expand' } })))
    await database.session.execute(
      `DROP INDEX things_pad; UPDATE lockstep.step SET state = 'running' WHERE step = 'build'`,
    )
    const holder = await open('report')
    await holder.execute('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class')
    const orphan = await open('lockstep/crash-plan')
    const building = orphan
      .execute('CREATE INDEX CONCURRENTLY things_pad ON public.things (pad, n)')
      .catch((error: unknown) => error)
    await until(
      database.session,
      `EXISTS (SELECT FROM pg_stat_progress_create_index WHERE datname = current_database() AND phase = 'waiting for old snapshots')`,
    )
    const run = options({
      orphanPatienceMs: 200,
      observer: (event) => {
        if (event.kind === 'cleaned-up' && event.what.startsWith('INVALID')) void holder.execute('COMMIT')
      },
    })
    const report = must(await applyPlan(given, database.url, run))
    expect(String(await building)).toContain('terminating connection')
    expect(report.status).toBe('done')
    expect(run.events.filter(({ kind }) => kind === 'cleaned-up')).toEqual([
      { kind: 'cleaned-up', step: 'build', what: `backend ${orphan.pid}, left by a runner that is gone` },
      { kind: 'cleaned-up', step: 'build', what: 'INVALID index public.things_pad' },
    ])
    expect(await endOf(database.session)).toEqual(await undisturbed())
  })

  it('in the middle of a batched update, again and again: every row is changed exactly once', async () => {
    let seen = 0
    for (let kill = 0; kill < 4; kill++) {
      const runner = start(plan())
      await runner.reached(
        (event) => event.kind === 'progress' && event.step === 'fill' && event.done > seen + 3_000,
      )
      runner.child.kill('SIGKILL')
      await runner.exited
      const [row] = await database.session.query<{ seen: number; rows: number; changed: number }>(
        `SELECT seen::int, rows::int, (SELECT count(*)::int FROM things WHERE twice IS NOT NULL) AS changed FROM lockstep.checkpoint`,
      )
      // The journal says what the rows say, at whatever instant it ended.
      expect(row?.rows).toBe(row?.changed)
      expect(row?.seen).toBeGreaterThan(seen)
      seen = row?.seen ?? 0
    }
    expect(seen).toBeLessThan(rows)
    const report = must(await applyPlan(plan(), database.url, options()))
    expect(report.status).toBe('done')
    expect(outcomeOf(report, 'fill')).toMatchObject({ status: 'applied', rows })
    expect(await endOf(database.session)).toEqual(await undisturbed())
  })

  it('while it waits for a lock: nothing of it stands in the queue afterwards', async () => {
    const reader = await open('reader')
    await reader.execute('BEGIN; SELECT count(*) FROM things')
    const runner = start(plan())
    await runner.reached((event) => event.kind === 'waiting-for-lock' && event.step === 'add-twice')
    runner.child.kill('SIGKILL')
    await runner.exited
    await until(
      database.session,
      `NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND starts_with(application_name, 'lockstep/'))`,
    )
    expect(
      await database.session.query(
        `SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database WHERE d.datname = current_database() AND NOT granted`,
      ),
    ).toEqual([])
    await reader.execute('COMMIT')
    expect(must(await applyPlan(plan(), database.url, options())).status).toBe('done')
    expect(await endOf(database.session)).toEqual(await undisturbed())
  })

  it('can be rolled back as well as gone on with', async () => {
    const before = fingerprintOf(await readCatalog(database.session), [table])
    const { holder } = await killInBuild()
    await holder.execute('COMMIT')
    const report = must(await rollbackPlan(plan(), database.url, options({})))
    expect(report.status).toBe('done')
    expect(fingerprintOf(await readCatalog(database.session), [table])).toBe(before)
  })
})

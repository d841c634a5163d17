import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Session } from '../../src/database/session.ts'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import type { RunEvent } from '../../src/model/run-event.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { addColumn, ddlStep, patientStep, planOf, rowsStep } from './plan-fixture.ts'
import { majorOf, must, options, outcomeOf, until } from './run-fixture.ts'

let database: TestDatabase
let sessions: Session[]

beforeEach(async () => {
  sessions = []
  database = await createTestDatabase()
  await database.session.execute(`
    CREATE TABLE parent (id bigint PRIMARY KEY); INSERT INTO parent SELECT generate_series(1, 100);
    CREATE TABLE child (id bigint PRIMARY KEY, parent bigint, n int);
    INSERT INTO child SELECT i, i, i FROM generate_series(1, 100) i`)
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

function plan(...steps: Step[]): Plan {
  return planOf({ major: majorOf(database.session), phases: { expand: steps } })
}

function kinds(events: readonly RunEvent[]): string[] {
  return events.map(({ kind }) => kind)
}

/** A reader that sits on the table for a while with its transaction open. */
async function sit(
  table: string,
  ms: number,
): Promise<{ readonly pid: number; readonly gone: Promise<unknown> }> {
  const reader = await open('reader')
  await reader.execute(`BEGIN; SELECT count(*) FROM ${table}`)
  const gone = new Promise((resolve) => setTimeout(resolve, ms)).then(() => reader.execute('COMMIT'))
  return { pid: reader.pid, gone }
}

/** Statements of an application, one after the other, and the longest time that one of them waited for `lockstep/`. */
async function application(): Promise<{ stop(): Promise<{ statements: number; longestWaitMs: number }> }> {
  const app = await open('app')
  const sampler = await open('sampler')
  const state = { stopped: false, statements: 0, longestWaitMs: 0 }
  const running = (async () => {
    while (!state.stopped) {
      await app.query('SELECT count(*) FROM child')
      state.statements++
    }
  })()
  const sampling = (async () => {
    let since: number | null = null
    while (!state.stopped) {
      const [row] = await sampler.query<{ waits: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_stat_activity a
                         WHERE a.pid = ANY (pg_blocking_pids($1)) AND starts_with(a.application_name, 'lockstep/')) AS waits`,
        [app.pid],
      )
      const now = performance.now()
      since = row?.waits === true ? (since ?? now) : null
      if (since !== null) state.longestWaitMs = Math.max(state.longestWaitMs, now - since)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  return {
    stop: async () => {
      state.stopped = true
      await Promise.all([running, sampling])
      return { statements: state.statements, longestWaitMs: state.longestWaitMs }
    },
  }
}

describe('a strong lock on a busy table', () => {
  it('is waited for without queueing, so that an application goes on behind a long reader', async () => {
    const reader = await sit('child', 2_000)
    const app = await application()
    const run = options()
    const started = performance.now()
    const report = must(
      await applyPlan(plan(addColumn('add-x', 'public.child', 'x', 'int')), database.url, run),
    )
    const tookMs = performance.now() - started
    await reader.gone
    const { statements, longestWaitMs } = await app.stop()
    expect(report.status).toBe('done')
    expect(tookMs).toBeGreaterThan(1_000)
    expect(run.events).toContainEqual({
      kind: 'waiting-for-lock',
      step: 'add-x',
      blockers: [
        expect.objectContaining({ pid: reader.pid, application: 'reader', state: 'idle in transaction' }),
      ],
    })
    // Blind tries would have been many by now, each of them felt.
    expect(run.events.filter(({ kind }) => kind === 'lock-attempt-failed').length).toBeLessThanOrEqual(2)
    // Had it queued, the application would have done nothing for most of the reader's two seconds.
    expect(longestWaitMs).toBeLessThan(tookMs / 3)
    expect(statements).toBeGreaterThan(50)
    expect(outcomeOf(report, 'add-x')).toMatchObject({ status: 'applied' })
  })

  it('is asked for in the same manner on the way back, by each statement that runs alone', async () => {
    const way = addColumn('add-x', 'public.child', 'x', 'int')
    const locks = [{ relation: 'public.child', mode: 'AccessExclusive' as const }]
    const sql = ['DROP INDEX CONCURRENTLY IF EXISTS child_x', 'ALTER TABLE child DROP COLUMN x'] as const
    const alone = { kind: 'sql' as const, sql: [...sql], concurrently: true, locks }
    const both = plan({ ...way, undo: { ...alone, locksOfEach: [[], locks] } })
    must(await applyPlan(both, database.url, options()))
    const reader = await sit('child', 1_500)
    const app = await application()
    const run = options()
    const report = must(await rollbackPlan(both, database.url, run))
    await reader.gone
    const { longestWaitMs } = await app.stop()
    expect(outcomeOf(report, 'add-x')).toMatchObject({ status: 'applied' })
    expect(kinds(run.events)).toContain('waiting-for-lock')
    expect(longestWaitMs).toBeLessThan(500)
    expect(await database.session.query("SELECT 1 FROM pg_attribute WHERE attname = 'x'")).toEqual([])
  })

  it('is tried at once behind a young transaction, given up in time, and got in the end', async () => {
    const run = options({ stallBudgetMs: 150 })
    const reader = await open('reader')
    let released: Promise<unknown> = Promise.resolve()
    const report = must(
      await applyPlan(plan(addColumn('add-x', 'public.child', 'x', 'int')), database.url, {
        ...run,
        observer: (event) => {
          run.observer(event)
          if (event.kind !== 'step-started') return
          released = reader
            .execute('BEGIN; SELECT count(*) FROM child')
            .then(() => new Promise((resolve) => setTimeout(resolve, 700)))
            .then(() => reader.execute('COMMIT'))
        },
      }),
    )
    await released
    const outcome = outcomeOf(report, 'add-x')
    expect(outcome).toMatchObject({ status: 'applied' })
    if (outcome.status !== 'applied') return
    const failures = run.events.filter((event) => event.kind === 'lock-attempt-failed')
    expect(outcome.attempts).toBe(failures.length + 1)
    expect(Math.max(0, ...failures.map(({ lockTimeoutMs }) => lockTimeoutMs))).toBeLessThanOrEqual(150)
    expect(outcome.longestLockMs).toBeLessThan(1_000)
  })

  it('ends in lock-timeout, with whoever held it, when it cannot be had', async () => {
    const reader = await sit('child', 3_000)
    const given = plan(
      addColumn('add-x', 'public.child', 'x', 'int'),
      rowsStep({ id: 'next', sql: 'SELECT 1' }),
    )
    const report = must(await applyPlan(given, database.url, options({ lockWaitMaxMs: 700 })))
    expect(report.status).toBe('failed')
    expect(outcomeOf(report, 'add-x')).toMatchObject({
      status: 'lock-timeout',
      waitedMs: expect.any(Number),
      blockers: [expect.objectContaining({ pid: reader.pid, application: 'reader' })],
    })
    expect(outcomeOf(report, 'next')).toEqual({ status: 'not-run' })
    await reader.gone
    expect(must(await applyPlan(given, database.url, options())).status).toBe('done')
  })

  it('is got in between transactions that overlap without a pause', async () => {
    const state = { stopped: false }
    const apps = [0, 1, 2].map(async (at) => {
      const app = await open('app')
      await new Promise((resolve) => setTimeout(resolve, at * 80))
      while (!state.stopped) await app.query('SELECT count(*), pg_sleep(0.25) FROM child')
    })
    await until(
      database.session,
      `(SELECT count(*) = 3 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'app' AND state = 'active')`,
    )
    // The jitter must be real: it is what finds the gap.
    const report = must(
      await applyPlan(
        plan(addColumn('add-x', 'public.child', 'x', 'int')),
        database.url,
        options({ random: Math.random }),
      ),
    )
    state.stopped = true
    await Promise.all(apps)
    expect(report.status).toBe('done')
  })

  it('is all or nothing over two tables, the one that is only read last', async () => {
    const table = 'public.child'
    const key = {
      kind: 'constraint',
      table,
      constraint: 'child_parent',
      definition: null,
      validated: null,
    } as const
    const addKey = ddlStep({
      id: 'add-key',
      sql: ['ALTER TABLE child ADD CONSTRAINT child_parent FOREIGN KEY (parent) REFERENCES parent NOT VALID'],
      locks: [
        { relation: 'public.parent', mode: 'ShareRowExclusive' },
        { relation: table, mode: 'ShareRowExclusive' },
        { relation: 'public.child_pkey', mode: 'AccessExclusive' },
        { relation: 'public.not_there_yet', mode: 'AccessExclusive' },
      ],
      touches: {
        creates: ['constraint public.child.child_parent'],
        reads: ['table public.parent'],
        changes: [],
        drops: [],
      },
      before: [{ ...key, exists: false }],
      after: [{ ...key, exists: true }],
    })
    let text = ''
    const report = must(
      await applyPlan(
        plan(addKey),
        database.url,
        options({
          beforeCommit: async (_, session) => {
            const [row] = await database.session.query<{ query: string }>(
              'SELECT query FROM pg_stat_activity WHERE pid = $1',
              [session.pid],
            )
            text = row?.query ?? ''
          },
        }),
      ),
    )
    expect(report.status).toBe('done')
    const locking = text.split('\n').filter((line) => line.startsWith('LOCK TABLE'))
    expect(locking).toEqual([
      'LOCK TABLE ONLY public.child IN SHARE ROW EXCLUSIVE MODE',
      'LOCK TABLE ONLY public.parent IN SHARE ROW EXCLUSIVE MODE',
    ])
  })

  it('queues in a mode that stops no application where only maintenance is in the way, so that autovacuum yields', async () => {
    const vacuum = await open('vacuum-like')
    await vacuum.execute('BEGIN; LOCK TABLE child IN SHARE UPDATE EXCLUSIVE MODE')
    await new Promise((resolve) => setTimeout(resolve, 300))
    const app = await application()
    const applied = applyPlan(plan(addColumn('add-x', 'public.child', 'x', 'int')), database.url, options())
    await until(
      database.session,
      `EXISTS (SELECT FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND relation = 'child'::regclass AND NOT granted AND mode = 'ShareUpdateExclusiveLock')`,
    )
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    await vacuum.execute('COMMIT')
    expect(must(await applied).status).toBe('done')
    expect((await app.stop()).longestWaitMs).toBeLessThan(500)
  })

  it('is taken back when the work under it is not the instant change that it was taken for', async () => {
    const slow = ddlStep({
      id: 'slow',
      sql: ['SELECT pg_sleep(5)'],
      locks: [{ relation: 'public.child', mode: 'AccessExclusive' }],
      statementTimeoutMs: 100,
    })
    const report = must(await applyPlan(plan(slow), database.url, options()))
    expect(outcomeOf(report, 'slow')).toMatchObject({
      status: 'failed',
      sqlstate: '57014',
      hint: expect.stringContaining('100 ms'),
    })
  })
})

describe('patient work', () => {
  it('stands in the queue, says for whom, and stops no statement meanwhile', async () => {
    const other = await open('vacuum-like')
    await other.execute('BEGIN; LOCK TABLE child IN SHARE UPDATE EXCLUSIVE MODE')
    const run = options()
    const applied = applyPlan(
      plan(patientStep({ id: 'statistics', sql: 'ALTER TABLE child ALTER COLUMN n SET STATISTICS 500' })),
      database.url,
      run,
    )
    await until(
      database.session,
      `EXISTS (SELECT FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND relation = 'child'::regclass AND NOT granted)`,
    )
    await database.session.execute('UPDATE child SET n = n + 1')
    await new Promise((resolve) => setTimeout(resolve, 600))
    await other.execute('COMMIT')
    expect(must(await applied).status).toBe('done')
    expect(run.events).toContainEqual({
      kind: 'waiting-for-lock',
      step: 'statistics',
      blockers: [expect.objectContaining({ pid: other.pid })],
    })
  })

  it('ends in lock-timeout when it never comes to its turn, and is cancelled on request', async () => {
    const other = await open('vacuum-like')
    await other.execute('BEGIN; LOCK TABLE child IN SHARE UPDATE EXCLUSIVE MODE')
    const step = patientStep({
      id: 'statistics',
      sql: 'ALTER TABLE child ALTER COLUMN n SET STATISTICS 500',
      lockTimeoutMs: 600,
    })
    const late = must(await applyPlan(plan(step), database.url, options({ lockWaitMaxMs: 500 })))
    expect(outcomeOf(late, 'statistics')).toMatchObject({
      status: 'lock-timeout',
      blockers: [expect.objectContaining({ pid: other.pid })],
    })
    const stop = new AbortController()
    const run = options({
      signal: stop.signal,
      observer: (event) => {
        if (event.kind === 'waiting-for-lock') stop.abort()
      },
    })
    const stopped = must(await applyPlan(plan(step), database.url, run))
    expect(outcomeOf(stopped, 'statistics')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('stopped on request'),
    })
    expect(kinds(run.events)).toContain('waiting-for-lock')
    await other.execute('COMMIT')
    expect(must(await applyPlan(plan(step), database.url, options())).status).toBe('done')
  })

  it.each([
    [
      'a CHECK',
      'CHECK (n < 99)',
      [
        { id: '99', parent: '99', n: 99 },
        { id: '100', parent: '100', n: 100 },
      ],
    ],
    ['a foreign key', 'FOREIGN KEY (parent) REFERENCES parent', [{ id: '200', parent: '777', n: 1 }]],
  ])('shows the rows that violate %s', async (_, definition, rows) => {
    await database.session.execute(`
      INSERT INTO child VALUES (200, ${definition.startsWith('FOREIGN') ? 777 : 1}, 1);
      ALTER TABLE child ADD CONSTRAINT "Con" ${definition} NOT VALID`)
    const step = patientStep({ id: 'validate', sql: 'ALTER TABLE child VALIDATE CONSTRAINT "Con"' })
    const report = must(await applyPlan(plan(step), database.url, options()))
    expect(outcomeOf(report, 'validate')).toMatchObject({ status: 'failed', rows })
  })
})

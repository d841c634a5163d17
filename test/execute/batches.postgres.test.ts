import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Session } from '../../src/database/session.ts'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import { readStatus } from '../../src/execute/status.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { batchesStep, planOf, rowsStep } from './plan-fixture.ts'
import { majorOf, must, options, outcomeOf } from './run-fixture.ts'

let database: TestDatabase
let sessions: Session[]

beforeEach(async () => {
  sessions = []
  database = await createTestDatabase()
  await database.session.execute(`
    CREATE TABLE things (id bigint PRIMARY KEY, n integer NOT NULL DEFAULT 0, pad text);
    INSERT INTO things (id, pad) SELECT i * 3, repeat('x', 100) FROM generate_series(1, 12000) i; ANALYZE things`)
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
  return planOf({ major: majorOf(database.session), phases: { backfill: steps } })
}

function countUp(given: Partial<Extract<Step, { kind: 'in-batches' }>> = {}): Step {
  return batchesStep({
    id: 'count-up',
    table: 'public.things',
    sql: 'UPDATE things SET n = n + 1 WHERE (id) >= ($1::bigint) AND (id) <= ($2::bigint)',
    ...given,
  })
}

/** How many rows were counted up how often. */
async function histogram(table = 'things'): Promise<unknown> {
  return await database.session.query(`SELECT n, count(*)::int AS rows FROM ${table} GROUP BY n ORDER BY n`)
}

describe('an update in batches', () => {
  it('changes each row once, reports how far it is, and never more rows at a time than allowed', async () => {
    const run = options()
    const report = must(await applyPlan(plan(countUp({ batchRowsMax: 700 })), database.url, run))
    expect(outcomeOf(report, 'count-up')).toMatchObject({ status: 'applied', rows: 12_000 })
    expect(await histogram()).toEqual([{ n: 1, rows: 12_000 }])
    const steps = run.events.flatMap((event) => (event.kind === 'progress' ? [event.done] : []))
    expect(steps.length).toBeGreaterThanOrEqual(Math.ceil(12_000 / 700))
    const sizes = steps.map((done, at) => done - (steps[at - 1] ?? 0))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(700)
    expect(run.events).toContainEqual(
      expect.objectContaining({ kind: 'progress', done: 12_000, total: 12_000, unit: 'rows' }),
    )
  })

  it('comes to an end though rows are added behind it all the time, and does not touch them', async () => {
    const app = await open('app')
    let next = 1_000_000
    const run = options({
      observer: (event) => {
        if (event.kind === 'progress')
          inserts.push(
            app.execute(
              `INSERT INTO things SELECT i FROM generate_series(${next}, ${(next += 2_000) - 1}) i`,
            ),
          )
      },
    })
    const inserts: Promise<unknown>[] = []
    const report = must(await applyPlan(plan(countUp({ batchRowsMax: 1_000 })), database.url, run))
    await Promise.all(inserts)
    expect(report.status).toBe('done')
    expect(await histogram()).toEqual([
      { n: 0, rows: 2_000 * inserts.length },
      { n: 1, rows: 12_000 },
    ])
  })

  it('walks a composite key of names and types that need care', async () => {
    await database.session.execute(`
      CREATE TABLE "Odd ""Things" ("Kind" character varying(20) COLLATE "C", at timestamptz, id uuid, n int NOT NULL DEFAULT 0,
        PRIMARY KEY ("Kind", at, id));
      INSERT INTO "Odd ""Things" SELECT CASE i % 3 WHEN 0 THEN 'it''s' WHEN 1 THEN 'B\\b' ELSE 'ä' END,
        '2024-01-01 00:00:00.000001Z'::timestamptz + i % 7 * interval '1 day', gen_random_uuid() FROM generate_series(1, 4000) i`)
    const key = [
      { column: 'Kind', type: 'character varying(20)' },
      { column: 'at', type: 'timestamp with time zone' },
      { column: 'id', type: 'uuid' },
    ]
    const step = countUp({
      table: 'public."Odd ""Things"',
      key,
      batchRowsMax: 150,
      sql: `UPDATE "Odd ""Things" SET n = n + 1 WHERE ("Kind", at, id) >= ($1::varchar(20), $2::timestamptz, $3::uuid)
             AND ("Kind", at, id) <= ($4::varchar(20), $5::timestamptz, $6::uuid)`,
    })
    const report = must(await applyPlan(plan(step), database.url, options()))
    expect(outcomeOf(report, 'count-up')).toMatchObject({ status: 'applied', rows: 4_000 })
    expect(await histogram('"Odd ""Things"')).toEqual([{ n: 1, rows: 4_000 }])
  })

  it('has nothing to do on an empty table', async () => {
    await database.session.execute('TRUNCATE things')
    expect(
      outcomeOf(must(await applyPlan(plan(countUp()), database.url, options())), 'count-up'),
    ).toMatchObject({ rows: 0 })
  })

  it('stops on request between batches and goes on where it was', async () => {
    const stop = new AbortController()
    const given = plan(countUp({ batchRowsMax: 600 }))
    const first = options({
      signal: stop.signal,
      observer: (event) => {
        if (event.kind === 'progress' && event.done > 3_000) stop.abort()
      },
    })
    const report = must(await applyPlan(given, database.url, first))
    expect(report.status).toBe('failed')
    expect(await histogram()).toMatchObject([{ n: 0 }, { n: 1 }])
    const [status] = must(await readStatus(database.url)).steps
    expect(status?.state).toBe('stopped')
    expect(status?.rows).toBeGreaterThan(3_000)
    const second = options()
    expect(outcomeOf(must(await applyPlan(given, database.url, second)), 'count-up')).toMatchObject({
      rows: 12_000,
    })
    expect(await histogram()).toEqual([{ n: 1, rows: 12_000 }])
    const begun = second.events.find(({ kind }) => kind === 'progress')
    expect(begun).toMatchObject({ done: expect.any(Number) })
    expect(begun?.kind === 'progress' ? begun.done : 0).toBeGreaterThan(3_000)
  })

  it('gives way to a row that the application holds, and comes back smaller', async () => {
    const app = await open('app')
    await app.execute('BEGIN; UPDATE things SET pad = pad WHERE id = 6000')
    const run = options()
    const applied = applyPlan(plan(countUp({ lockTimeoutMs: 120 })), database.url, run)
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    await app.execute('COMMIT')
    expect(must(await applied).status).toBe('done')
    expect(await histogram()).toEqual([{ n: 1, rows: 12_000 }])
    expect(run.events.filter(({ kind }) => kind === 'lock-attempt-failed').length).toBeGreaterThan(0)
    expect(run.events).toContainEqual(
      expect.objectContaining({
        kind: 'waiting-for-lock',
        blockers: [expect.objectContaining({ pid: app.pid })],
      }),
    )
  })

  it('ends in lock-timeout, naming who holds the row, and loses nothing of what it has done', async () => {
    const app = await open('app')
    await app.execute('BEGIN; UPDATE things SET pad = pad WHERE id = 30000')
    const given = plan(countUp({ batchRowsMax: 500 }))
    const report = must(await applyPlan(given, database.url, options({ lockWaitMaxMs: 800 })))
    expect(outcomeOf(report, 'count-up')).toMatchObject({
      status: 'lock-timeout',
      blockers: [expect.objectContaining({ pid: app.pid, application: 'app' })],
    })
    await app.execute('ROLLBACK')
    expect(must(await applyPlan(given, database.url, options())).status).toBe('done')
    expect(await histogram()).toEqual([{ n: 1, rows: 12_000 }])
  })

  it('is in doubt when its connection is cut, and exact when it is run again', async () => {
    const given = plan(countUp({ batchRowsMax: 500 }))
    let cut = false
    const run = options({
      observer: (event) => {
        if (event.kind !== 'progress' || event.done < 4_000 || cut) return
        cut = true
        void database.session.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'lockstep/test-plan'`,
        )
      },
    })
    const report = must(await applyPlan(given, database.url, run))
    expect(outcomeOf(report, 'count-up').status).toBe('in-doubt')
    expect(must(await readStatus(database.url)).steps).toMatchObject([{ state: 'running' }])
    expect(outcomeOf(must(await applyPlan(given, database.url, options())), 'count-up')).toMatchObject({
      rows: 12_000,
    })
    expect(await histogram()).toEqual([{ n: 1, rows: 12_000 }])
  })

  it('does not go on when another runner has moved the checkpoint', async () => {
    const given = plan(countUp({ batchRowsMax: 500 }))
    const moved: Promise<unknown>[] = []
    const report = must(
      await applyPlan(
        given,
        database.url,
        options({
          beforeCommit: () => {
            // In the middle of a batch: the next one finds a row that is not its own any more.
            if (moved.length === 0) {
              moved.push(database.session.execute('UPDATE lockstep.checkpoint SET batches = batches + 100'))
            }
            return Promise.resolve()
          },
        }),
      ),
    )
    await Promise.all(moved)
    expect(outcomeOf(report, 'count-up')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('another runner'),
    })
  })

  it('shows what the database says of a row that cannot be changed, and is asked anew after it was mended', async () => {
    await database.session.execute('ALTER TABLE things ADD CHECK (id <> 9000 OR n = 0)')
    const given = plan(countUp())
    const report = must(await applyPlan(given, database.url, options()))
    expect(outcomeOf(report, 'count-up')).toMatchObject({ status: 'failed', sqlstate: '23514' })
    await database.session.execute('ALTER TABLE things DROP CONSTRAINT things_check')
    must(await applyPlan(given, database.url, options()))
    expect(await histogram()).toEqual([{ n: 1, rows: 12_000 }])
  })

  it('begins from the first row when it was rolled back and is applied again', async () => {
    const undo = {
      kind: 'sql',
      sql: ['UPDATE things SET n = n - 1'],
      concurrently: false,
      locks: [],
    } as const
    const given = plan(countUp({ undo: { ...undo, sql: [...undo.sql], locks: [] } }))
    must(await applyPlan(given, database.url, options()))
    expect(must(await rollbackPlan(given, database.url, options())).status).toBe('done')
    expect(await histogram()).toEqual([{ n: 0, rows: 12_000 }])
    must(await applyPlan(given, database.url, options()))
    expect(await histogram()).toEqual([{ n: 1, rows: 12_000 }])
  })
})

describe('a delete in batches', () => {
  const odd = 'n % 2 = 1'

  function deleteOdd(given: Partial<Extract<Step, { kind: 'in-batches' }>> = {}): Step {
    return batchesStep({
      id: 'delete-odd',
      table: 'public.things',
      sql: `DELETE FROM things WHERE (${odd}) AND things.id >= $1::bigint AND things.id <= $2::bigint`,
      ...given,
    })
  }

  beforeEach(async () => {
    await database.session.execute(`
      UPDATE things SET n = id / 3;
      CREATE TABLE parts (thing bigint REFERENCES things ON DELETE CASCADE, gone bigint);
      CREATE INDEX ON parts (thing);
      INSERT INTO parts SELECT id FROM things;
      CREATE TABLE gone (thing bigint);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO gone VALUES (OLD.id); RETURN OLD; END $$;
      CREATE TRIGGER note AFTER DELETE ON things FOR EACH ROW EXECUTE FUNCTION note()`)
  })

  /** The rows left, how many of them should have gone, and for how many the trigger fired more than once. */
  async function left(): Promise<unknown> {
    const [row] = await database.session.query(`
      SELECT count(*)::int AS things, (count(*) FILTER (WHERE ${odd}))::int AS odd,
             (SELECT count(*)::int FROM parts) AS parts, (SELECT count(*)::int FROM gone) AS gone,
             (SELECT count(DISTINCT thing)::int FROM gone) AS "goneOnce" FROM things`)
    return row
  }
  const half = { things: 6_000, odd: 0, parts: 6_000, gone: 6_000, goneOnce: 6_000 }

  it('takes each row once, with what refers to it, when it is killed and resumed', async () => {
    const given = plan(deleteOdd({ batchRowsMax: 500 }))
    let cut = false
    const run = options({
      observer: (event) => {
        if (event.kind !== 'progress' || event.done < 4_000 || cut) return
        cut = true
        void database.session.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'lockstep/test-plan'`,
        )
      },
    })
    const first = must(await applyPlan(given, database.url, run))
    expect(outcomeOf(first, 'delete-odd').status).toBe('in-doubt')
    expect(await left()).not.toEqual(half)
    const second = must(await applyPlan(given, database.url, options()))
    expect(outcomeOf(second, 'delete-odd')).toMatchObject({ status: 'applied', rows: 6_000 })
    expect(await left()).toEqual(half)
  })

  it('comes to its end when the rows at its bounds are gone before it gets there', async () => {
    const given = plan(deleteOdd({ batchRowsMax: 500 }))
    const app = await open('app')
    const done: Promise<unknown>[] = []
    const run = options({
      observer: (event) => {
        if (event.kind === 'progress' && done.length === 0)
          done.push(
            app.execute(
              'DELETE FROM things WHERE id > 35000; DELETE FROM things WHERE id BETWEEN 20000 AND 22000',
            ),
          )
      },
    })
    const report = must(await applyPlan(given, database.url, run))
    await Promise.all(done)
    expect(report.status).toBe('done')
    expect(await left()).toMatchObject({ odd: 0 })
  })
})

describe('a copy in batches', () => {
  const copy = batchesStep({
    id: 'copy-things',
    table: 'public.things',
    batchRowsMax: 500,
    locks: [
      { relation: 'public.copies', mode: 'RowExclusive' },
      { relation: 'public.things', mode: 'AccessShare' },
    ],
    sql: `INSERT INTO copies (of_thing, half) SELECT t.id, h FROM things AS t CROSS JOIN generate_series(1, 2) AS h
           WHERE (t.n = 0) AND t.id >= $1::bigint AND t.id <= $2::bigint`,
  })

  beforeEach(async () => {
    // Nothing but the checkpoint keeps a row from being copied twice.
    await database.session.execute('CREATE TABLE copies (id bigserial, of_thing bigint, half integer)')
  })

  async function copies(): Promise<unknown> {
    return await database.session.query(`
      SELECT times, count(*)::int AS things FROM (
        SELECT count(c.id)::int AS times FROM things t LEFT JOIN copies c ON c.of_thing = t.id GROUP BY t.id) AS each
       GROUP BY times ORDER BY times`)
  }

  it('copies each row exactly once when it is killed and resumed, and locks the source for readers only', async () => {
    const given = plan(copy)
    let cut = false
    const modes = new Set<string>()
    const run = options({
      beforeCommit: async (_, session) => {
        const held = await database.session.query<{ mode: string }>(
          `SELECT mode FROM pg_locks WHERE pid = $1 AND relation = 'things'::regclass`,
          [session.pid],
        )
        for (const { mode } of held) modes.add(mode)
      },
      observer: (event) => {
        if (event.kind !== 'progress' || event.done < 4_000 || cut) return
        cut = true
        void database.session.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'lockstep/test-plan'`,
        )
      },
    })
    const first = must(await applyPlan(given, database.url, run))
    expect(outcomeOf(first, 'copy-things').status).toBe('in-doubt')
    expect(await copies()).toMatchObject([{ times: 0 }, { times: 2 }])
    const second = must(await applyPlan(given, database.url, options()))
    expect(outcomeOf(second, 'copy-things')).toMatchObject({ status: 'applied', rows: 24_000 })
    expect(await copies()).toEqual([{ times: 2, things: 12_000 }])
    expect([...modes]).toEqual(['AccessShareLock'])
  })

  it('leaves no row of a batch behind that did not commit', async () => {
    const given = plan(copy)
    let batches = 0
    const run = options({
      beforeCommit: async (_, session) => {
        batches += 1
        if (batches === 5) await database.session.query('SELECT pg_terminate_backend($1)', [session.pid])
      },
    })
    const first = must(await applyPlan(given, database.url, run))
    expect(outcomeOf(first, 'copy-things').status).toBe('in-doubt')
    expect(await copies()).toEqual([
      { times: 0, things: 10_000 },
      { times: 2, things: 2_000 },
    ])
    must(await applyPlan(given, database.url, options()))
    expect(await copies()).toEqual([{ times: 2, things: 12_000 }])
  })
})

describe('by pages, where there is no key', () => {
  const byPage: Partial<Extract<Step, { kind: 'in-batches' }>> = {
    key: [],
    sql: 'UPDATE things SET n = 1 WHERE n = 0 AND ctid >= $1::tid AND ctid < $2::tid',
  }

  it('visits every page that was there at the start', async () => {
    const run = options()
    const report = must(await applyPlan(plan(countUp({ ...byPage, batchRowsMax: 2_000 })), database.url, run))
    expect(outcomeOf(report, 'count-up')).toMatchObject({ status: 'applied', rows: 12_000 })
    expect(await histogram()).toEqual([{ n: 1, rows: 12_000 }])
    expect(run.events).toContainEqual(expect.objectContaining({ kind: 'progress', unit: 'pages' }))
  })

  it('begins again when the table was given another file meanwhile', async () => {
    const stop = new AbortController()
    const given = plan(countUp({ ...byPage, batchRowsMax: 1_000 }))
    const first = options({
      signal: stop.signal,
      observer: (event) => {
        if (event.kind === 'progress' && event.done > 40) stop.abort()
      },
    })
    must(await applyPlan(given, database.url, first))
    // Rows that are still to do go to the front of the new file, where the pages are done already.
    await database.session.execute('CREATE INDEX by_n ON things (n, id DESC); CLUSTER things USING by_n')
    expect(must(await applyPlan(given, database.url, options())).status).toBe('done')
    expect(await histogram()).toEqual([{ n: 1, rows: 12_000 }])
  })
})

describe('rows of the author’s own', () => {
  it('are changed once, also when the connection goes before the answer comes', async () => {
    const given = plan(rowsStep({ id: 'once', sql: 'UPDATE things SET n = n + 1' }))
    // Cut in the transaction: it is not committed, and must be done again.
    const cut = await applyPlan(
      given,
      database.url,
      options({
        beforeCommit: async (_, session) => {
          await database.session.query('SELECT pg_terminate_backend($1)', [session.pid])
        },
      }),
    )
    expect(outcomeOf(must(cut), 'once').status).toBe('in-doubt')
    expect(await histogram()).toEqual([{ n: 0, rows: 12_000 }])
    // Committed, and the runner did not live to hear of it.
    const again = must(await applyPlan(given, database.url, options()))
    expect(outcomeOf(again, 'once')).toMatchObject({ status: 'applied', rows: 12_000 })
    expect(await histogram()).toEqual([{ n: 1, rows: 12_000 }])
    await database.session.execute(
      `UPDATE lockstep.step SET outcome = NULL, rows = NULL; UPDATE lockstep.plan SET status = 'open'`,
    )
    expect(outcomeOf(must(await applyPlan(given, database.url, options())), 'once')).toEqual({
      status: 'already-applied',
    })
    expect(await histogram()).toEqual([{ n: 1, rows: 12_000 }])
  })
})

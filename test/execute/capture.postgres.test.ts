import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import { readStatus } from '../../src/execute/status.ts'
import type { CapturedSql } from '../../src/model/captured-sql.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import { verifyPlan } from '../../src/verify/verify-plan.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import {
  captureStep,
  checkStep,
  columnCondition,
  ddlStep,
  gateStep,
  planOf,
  rowsStep,
  type PlanGiven,
} from './plan-fixture.ts'
import { majorOf, must, options, outcomeOf, statuses } from './run-fixture.ts'

let database: TestDatabase
const table = 'public.tokens'
const first = 'a0000000-0000-4000-8000-000000000001'
const second = 'b0000000-0000-4000-8000-000000000002'

beforeEach(async () => {
  database = await createTestDatabase()
  await database.session.execute(`
    CREATE TABLE networks (id uuid PRIMARY KEY, note text);
    INSERT INTO networks VALUES ('${first}', NULL);
    CREATE TABLE tokens (id bigint PRIMARY KEY);
    INSERT INTO tokens SELECT generate_series(1, 500)`)
})

afterEach(() => database.drop())

function plan(phases: PlanGiven['phases'], id = 'capture-plan'): Plan {
  return planOf({ major: majorOf(database.session), id, phases })
}

const network = captureStep({ id: 'the-network', sql: 'SELECT id FROM networks;' })
const slot = { capture: 'the-network' }

function addNid(): Step {
  const lock = { relation: table, mode: 'AccessExclusive' } as const
  return ddlStep({
    id: 'add-nid',
    sql: [['ALTER TABLE public.tokens ADD COLUMN nid uuid NOT NULL DEFAULT ', slot]],
    locks: [lock],
    touches: { creates: [`column ${table}.nid`], reads: [`table ${table}`], changes: [], drops: [] },
    before: [columnCondition(table, 'nid', false), stillThere()],
    after: [
      columnCondition(table, 'nid', true),
      { kind: 'column-default', table, column: 'nid', default: 'captured' },
    ],
    undo: {
      kind: 'sql',
      sql: ['ALTER TABLE public.tokens DROP COLUMN nid'],
      concurrently: false,
      locks: [lock],
    },
  })
}

function stillThere() {
  const sql: CapturedSql = [
    'SELECT count(*) FROM networks HAVING count(*) <> 1 OR bool_or(id IS DISTINCT FROM ',
    slot,
    ')',
  ]
  return { kind: 'no-rows' as const, sql, otherwise: 'networks no longer holds the row that was captured' }
}

function dropDefault(): Step {
  const none = { kind: 'column-default', table, column: 'nid', default: null } as const
  return ddlStep({
    id: 'drop-default',
    sql: ['ALTER TABLE public.tokens ALTER COLUMN nid DROP DEFAULT'],
    before: [columnCondition(table, 'nid', true)],
    after: [none],
    undo: {
      kind: 'sql',
      sql: [['ALTER TABLE public.tokens ALTER COLUMN nid SET DEFAULT ', slot]],
      concurrently: false,
      locks: [{ relation: table, mode: 'AccessExclusive' }],
    },
  })
}

function whole(): Plan {
  return plan({ expand: [network, addNid()], contract: [gateStep('gate-1'), dropDefault()] })
}

async function nids(): Promise<unknown> {
  return database.session.query('SELECT nid, count(*)::int AS rows FROM tokens GROUP BY nid ORDER BY nid')
}

async function defaultOfNid(): Promise<string | null> {
  const [row] = await database.session.query<{ sql: string | null }>(
    `SELECT (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'tokens'::regclass) AS sql`,
  )
  return row?.sql ?? null
}

describe('a captured value', () => {
  it('stands in later steps, is kept in the journal with its type, and is put back by a rollback', async () => {
    const report = must(await applyPlan(whole(), database.url, options()))
    expect(report.status).toBe('done')
    expect(await nids()).toEqual([{ nid: first, rows: 500 }])
    expect(await defaultOfNid()).toBeNull()
    expect(await database.session.query('SELECT plan, step, type, value FROM lockstep.capture')).toEqual([
      { plan: 'capture-plan', step: 'the-network', type: 'uuid', value: first },
    ])
    expect(must(await verifyPlan(whole(), database.url)).holds).toBe(true)

    // As far as the drop of the default and no further: the value comes from the journal, whatever the table says now.
    await database.session.execute(`INSERT INTO networks VALUES ('${second}', NULL)`)
    const undone: string[] = []
    const stop = new AbortController()
    await rollbackPlan(
      whole(),
      database.url,
      options({
        signal: stop.signal,
        observer: (event) => {
          if (event.kind !== 'step-ended') return
          undone.push(event.step)
          stop.abort()
        },
      }),
    )
    expect(undone).toContain('drop-default')
    expect(await defaultOfNid()).toBe(`'${first}'::uuid`)
    expect(must(await rollbackPlan(whole(), database.url, options())).status).toBe('done')
    expect(await database.session.query(`SELECT 1 FROM pg_attribute WHERE attname = 'nid'`)).toEqual([])
  })

  it('does not change when the run stops between the capture and its use and the data move on', async () => {
    const stop = new AbortController()
    const later = rowsStep({
      id: 'write-it-down',
      sql: ['CREATE TABLE found AS SELECT ', slot, ' AS id'],
    })
    const two = plan({ expand: [network, later] })
    const interrupted = must(
      await applyPlan(
        two,
        database.url,
        options({
          signal: stop.signal,
          observer: (event) => {
            if (event.kind === 'step-ended' && event.step === 'the-network') stop.abort()
          },
        }),
      ),
    )
    expect(statuses(interrupted)).toEqual({ 'the-network': 'applied', 'write-it-down': 'not-run' })
    await database.session.execute(`UPDATE networks SET id = '${second}'`)
    const resumed = must(await applyPlan(two, database.url, options()))
    expect(statuses(resumed)).toEqual({ 'the-network': 'already-applied', 'write-it-down': 'applied' })
    expect(await database.session.query('SELECT id FROM found')).toEqual([{ id: first }])
  })

  it('is not asked for again where the journal has it and lost only the word that the step ended', async () => {
    await applyPlan(plan({ expand: [network] }), database.url, options())
    await database.session.execute(`
      UPDATE lockstep.step SET state = 'running';
      UPDATE lockstep.plan SET status = 'open';
      UPDATE lockstep.phase SET ended_at = NULL;
      UPDATE networks SET id = '${second}'`)
    const again = must(await applyPlan(plan({ expand: [network] }), database.url, options()))
    expect(statuses(again)).toEqual({ 'the-network': 'already-applied' })
    expect(await database.session.query('SELECT value FROM lockstep.capture')).toEqual([{ value: first }])
  })

  it('stops the plan when the table no longer holds the one row that it came from', async () => {
    const stop = new AbortController()
    const abortAfterCapture = options({
      signal: stop.signal,
      observer: (event) => {
        if (event.kind === 'step-ended') stop.abort()
      },
    })
    await applyPlan(whole(), database.url, abortAfterCapture)
    await database.session.execute(`INSERT INTO networks VALUES ('${second}', NULL)`)
    const report = must(await applyPlan(whole(), database.url, options()))
    expect(outcomeOf(report, 'add-nid')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('networks no longer holds the row that was captured'),
    })
    expect(must(await readStatus(database.url)).steps.map(({ state }) => state)).toEqual([
      'applied',
      'stopped',
      'pending',
      'pending',
    ])
    await database.session.execute(`DELETE FROM networks WHERE id = '${second}'`)
    expect(must(await applyPlan(whole(), database.url, options())).status).toBe('done')
  })

  it.each([
    { what: 'two rows', sql: 'SELECT id FROM tokens', says: 'it gives more than one row' },
    { what: 'two columns', sql: 'SELECT id, id FROM networks', says: 'it gives 2 columns' },
    { what: 'a write', sql: 'WITH d AS (DELETE FROM networks RETURNING id) SELECT id FROM d', says: '' },
  ])('is refused when the query gives $what, and nothing is kept', async ({ sql, says }) => {
    const report = must(
      await applyPlan(plan({ expand: [captureStep({ id: 'the-network', sql })] }), database.url, options()),
    )
    expect(outcomeOf(report, 'the-network')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining(says),
    })
    expect(await database.session.query('SELECT * FROM lockstep.capture')).toEqual([])
    expect(await database.session.query('SELECT * FROM networks')).toHaveLength(1)
  })

  it.each([
    { what: 'no row', sql: 'SELECT id FROM networks WHERE false' },
    { what: 'NULL', sql: 'SELECT nullif(id, id) FROM networks' },
  ])('is NULL of its type when the query gives $what, and stays so', async ({ sql }) => {
    const given = plan({
      expand: [
        captureStep({ id: 'the-network', sql }),
        checkStep({
          id: 'the-same',
          before: [
            {
              kind: 'no-rows',
              sql: [
                'SELECT 1 FROM (SELECT ',
                slot,
                " AS v) x WHERE v IS NOT NULL OR pg_typeof(v) <> 'uuid'::regtype",
              ],
              otherwise: 'another value',
            },
          ],
        }),
      ],
    })
    const report = must(await applyPlan(given, database.url, options()))
    expect(outcomeOf(report, 'the-same')).toMatchObject({ status: 'applied' })
    expect(await database.session.query('SELECT type, value FROM lockstep.capture')).toEqual([
      { type: 'uuid', value: null },
    ])
  })

  it.each([
    { expression: String.raw`'it''s a \ and a "quote" $1 ;--'::text` },
    { expression: `'ab '::character(5)` },
    { expression: `B'10110'::bit(5)` },
    { expression: `'12345.6789012345678901234567890'::numeric` },
    { expression: `'0.1'::float8 + '0.2'::float8` },
    { expression: `'2024-02-29 23:59:59.123456+00'::timestamptz` },
    { expression: `'-1 mon -2 days +03:04:05'::interval` },
    { expression: `'\\xdeadbeef'::bytea` },
    { expression: `ARRAY['a,b', NULL, '"c"', '']` },
    { expression: `'odd'::public."Mixed Case"` },
    { expression: `'2 a'::public.pair::public.pair` },
  ])('comes out as it went in: $expression', async ({ expression }) => {
    // Settings of the role under which values print, and are read, in other ways.
    await database.session.execute(`
      CREATE TYPE public."Mixed Case" AS ENUM ('even', 'odd');
      CREATE DOMAIN public.pair AS text CHECK (VALUE LIKE '% %');
      ALTER DATABASE "${database.name}" SET timezone = 'Asia/Kathmandu';
      ALTER DATABASE "${database.name}" SET datestyle = 'SQL, DMY';
      ALTER DATABASE "${database.name}" SET intervalstyle = 'sql_standard';
      ALTER DATABASE "${database.name}" SET extra_float_digits = -3;
      ALTER DATABASE "${database.name}" SET bytea_output = 'escape'`)
    const given = plan({
      expand: [
        captureStep({ id: 'the-network', sql: `SELECT ${expression}` }),
        checkStep({
          id: 'the-same',
          before: [
            {
              kind: 'no-rows',
              sql: [
                `SELECT 1 FROM (SELECT ${expression} AS one, `,
                slot,
                ' AS other) v WHERE one IS DISTINCT FROM other OR one::text IS DISTINCT FROM other::text',
              ],
              otherwise: 'another value',
            },
          ],
        }),
      ],
    })
    const report = must(await applyPlan(given, database.url, options()))
    expect(outcomeOf(report, 'the-same')).toMatchObject({ status: 'applied' })
  })

  it('finds room in a journal that an older lockstep made', async () => {
    await applyPlan(plan({ expand: [checkStep({ id: 'nothing' })] }, 'earlier-plan'), database.url, options())
    await database.session.execute('DROP TABLE lockstep.capture; UPDATE lockstep.format SET version = 1')
    expect(must(await readStatus(database.url)).plan).toMatchObject({ id: 'earlier-plan', status: 'done' })
    expect(must(await applyPlan(whole(), database.url, options())).status).toBe('done')
    expect(await database.session.query('SELECT version FROM lockstep.format')).toEqual([{ version: 4 }])
    expect(await database.session.query('SELECT id FROM lockstep.plan ORDER BY id')).toEqual([
      { id: 'capture-plan' },
      { id: 'earlier-plan' },
    ])
  })

  it('is missed by name, where a step needs one that nobody has captured', async () => {
    const report = must(await applyPlan(plan({ expand: [addNid()] }), database.url, options()))
    expect(outcomeOf(report, 'add-nid')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('the-network'),
    })
  })
})

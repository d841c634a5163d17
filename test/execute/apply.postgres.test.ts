import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fingerprintOf } from '../../src/database/fingerprint.ts'
import { readCatalog } from '../../src/database/read-catalog.ts'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import { readStatus } from '../../src/execute/status.ts'
import { runReport } from '../../src/model/outcome.ts'
import type { Plan } from '../../src/model/plan.ts'
import { runEvent } from '../../src/model/run-event.ts'
import { status as statusSchema } from '../../src/model/status.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { createOwner } from '../support/role.ts'
import {
  addColumn,
  batchesStep,
  checkStep,
  columnCondition,
  ddlStep,
  dropIndexStep,
  gateStep,
  indexStep,
  patientStep,
  planOf,
  rowsStep,
  type PlanGiven,
} from './plan-fixture.ts'
import { codeOf, majorOf, must, options, outcomeOf, statuses, until } from './run-fixture.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await database.session.execute(`
    CREATE TABLE public.orders (id bigint PRIMARY KEY, customer bigint NOT NULL, n integer NOT NULL DEFAULT 0, note text);
    INSERT INTO public.orders (id, customer) SELECT i, i % 100 FROM generate_series(1, 3000) i`)
})

afterEach(() => database.drop())

function plan(given: Omit<PlanGiven, 'major'>): Plan {
  return planOf({ major: majorOf(database.session), ...given })
}

/** A plan with a step of nearly every kind. */
function wholePlan(id = 'whole-plan'): Plan {
  const table = 'public.orders'
  const check = {
    kind: 'constraint',
    table,
    constraint: 'n_positive',
    exists: true,
    definition: null,
  } as const
  return plan({
    id,
    phases: {
      expand: [
        checkStep({
          id: 'no-negatives',
          before: [{ kind: 'no-rows', sql: 'SELECT * FROM orders WHERE n < 0', otherwise: 'negative n' }],
        }),
        addColumn('add-total', table, 'total', 'bigint'),
        indexStep({
          id: 'build-index',
          table,
          index: 'public.orders_customer',
          sql: 'CREATE INDEX CONCURRENTLY orders_customer ON public.orders (customer)',
        }),
        ddlStep({
          id: 'add-check',
          sql: [`ALTER TABLE public.orders ADD CONSTRAINT n_positive CHECK (n >= 0) NOT VALID`],
          locks: [{ relation: table, mode: 'AccessExclusive' }],
          touches: { creates: ['constraint public.orders.n_positive'], reads: [], changes: [], drops: [] },
          before: [{ ...check, exists: false, validated: null }],
          after: [{ ...check, validated: null, definition: 'CHECK ((n >= 0))' }],
          undo: {
            kind: 'sql',
            sql: ['ALTER TABLE public.orders DROP CONSTRAINT n_positive'],
            concurrently: false,
            locks: [{ relation: table, mode: 'AccessExclusive' }],
          },
        }),
        rowsStep({ id: 'one-more', sql: `UPDATE orders SET n = n + 1 WHERE id <= 10` }),
      ],
      backfill: [
        batchesStep({
          id: 'fill-total',
          table,
          sql: 'UPDATE public.orders SET total = id * 2, n = n + 1 WHERE ((id) >= ($1::bigint) AND (id) <= ($2::bigint))',
        }),
        patientStep({
          id: 'validate-check',
          sql: 'ALTER TABLE public.orders VALIDATE CONSTRAINT n_positive',
          locks: [{ relation: table, mode: 'ShareUpdateExclusive' }],
          before: [{ ...check, validated: false }],
          after: [{ ...check, validated: true }],
        }),
      ],
      contract: [
        gateStep('gate-1'),
        ddlStep({
          id: 'drop-note',
          sql: ['ALTER TABLE public.orders DROP COLUMN note'],
          locks: [{ relation: table, mode: 'AccessExclusive' }],
          before: [columnCondition(table, 'note', true)],
          after: [columnCondition(table, 'note', false)],
          undo: { kind: 'never', because: 'the notes are gone' },
        }),
      ],
    },
  })
}

describe('applying a plan', () => {
  it('leaves a plan done whose last step cannot be taken back', async () => {
    const whole = wholePlan()
    expect(must(await applyPlan(whole, database.url, options())).status).toBe('done')
    const report = must(await rollbackPlan(whole, database.url, options()))
    expect(report.status).toBe('failed')
    expect(outcomeOf(report, 'drop-note')).toMatchObject({ status: 'failed' })
    expect(must(await readStatus(database.url)).plan?.status).toBe('done')
  })

  it('runs every kind of step, stops at the gate, goes on when it is confirmed, and then has nothing left to do', async () => {
    const whole = wholePlan()
    const first = options({ through: 'first-gate' })
    const report = must(await applyPlan(whole, database.url, first))
    expect(runReport.parse(report)).toEqual(report)
    expect(first.events.map((event) => runEvent.parse(event).kind)).toContain('phase-started')
    expect(report).toMatchObject({ status: 'at-gate', gate: 'gate-1' })
    expect(statuses(report)).toEqual({
      'no-negatives': 'applied',
      'add-total': 'applied',
      'build-index': 'applied',
      'add-check': 'applied',
      'one-more': 'applied',
      'fill-total': 'applied',
      'validate-check': 'applied',
      'gate-1': 'waiting-at-gate',
      'drop-note': 'not-run',
    })
    expect(outcomeOf(report, 'fill-total')).toMatchObject({ rows: 3000 })
    expect(outcomeOf(report, 'one-more')).toMatchObject({ rows: 10, attempts: 1 })
    expect(outcomeOf(report, 'add-total')).toMatchObject({ longestLockMs: expect.any(Number), rows: null })
    const sums = await database.session.query(`SELECT sum(n)::int AS n, sum(total)::int AS total FROM orders`)
    expect(sums).toEqual([{ n: 3010, total: 3000 * 3001 }])

    expect(codeOf(await applyPlan(whole, database.url, options({ through: { confirm: ['gate-7'] } })))).toBe(
      'gate-unknown',
    )
    const second = must(await applyPlan(whole, database.url, options({ through: { confirm: ['gate-1'] } })))
    expect(second.status).toBe('done')
    expect(statuses(second)).toMatchObject({
      'fill-total': 'already-applied',
      'gate-1': 'applied',
      'drop-note': 'applied',
    })
    const [gate] = await database.session.query<{ by: string }>(
      `SELECT confirmed_by AS by FROM lockstep.step WHERE step = 'gate-1'`,
    )
    expect(gate?.by).toContain(`process ${process.pid}`)

    const third = must(await applyPlan(whole, database.url, options({ through: 'first-gate' })))
    expect(third.status).toBe('done')
    expect(new Set(Object.values(statuses(third)))).toEqual(new Set(['already-applied']))
    expect(await database.session.query(`SELECT sum(n)::int AS n FROM orders`)).toEqual([{ n: 3010 }])
  })

  it('ends after the phase that was asked for', async () => {
    const whole = wholePlan()
    const report = must(await applyPlan(whole, database.url, options({ through: { phase: 'expand' } })))
    expect(report).toMatchObject({ status: 'at-gate', gate: null })
    expect(statuses(report)).toMatchObject({
      'one-more': 'applied',
      'fill-total': 'not-run',
      'gate-1': 'not-run',
    })
    const again = must(await applyPlan(whole, database.url, options({ through: { phase: 'expand' } })))
    expect(statuses(again)).toMatchObject({ 'one-more': 'already-applied', 'fill-total': 'not-run' })
    expect(
      must(await applyPlan(whole, database.url, options({ through: { phase: 'contract' } }))).status,
    ).toBe('done')
  })

  it('finds a step done whose journal row is lost, and does not do rows twice that the journal knows', async () => {
    const whole = wholePlan()
    must(await applyPlan(whole, database.url, options({ through: { phase: 'expand' } })))
    await database.session.execute(
      `DELETE FROM lockstep.step WHERE step IN ('add-total', 'build-index', 'add-check')`,
    )
    const report = must(await applyPlan(whole, database.url, options({ through: 'first-gate' })))
    expect(report.status).toBe('at-gate')
    expect(statuses(report)).toMatchObject({
      'add-total': 'already-applied',
      'build-index': 'already-applied',
      'add-check': 'already-applied',
      'one-more': 'already-applied',
    })
    expect(await database.session.query(`SELECT sum(n)::int AS n FROM orders`)).toEqual([{ n: 3010 }])
  })

  it('fails with what differs where a step neither began nor ended as the plan says', async () => {
    await database.session.execute(`
      ALTER TABLE orders ADD COLUMN a int; ALTER TABLE orders ADD COLUMN b bigint;
      CREATE INDEX taken ON orders (n)`)
    const report = must(
      await applyPlan(
        plan({
          phases: {
            expand: [
              ddlStep({
                id: 'add-b',
                sql: ['ALTER TABLE orders ADD COLUMN b int'],
                before: [columnCondition('public.orders', 'b', false)],
                after: [
                  { kind: 'column', table: 'public.orders', column: 'b', exists: true, type: 'integer' },
                ],
              }),
            ],
          },
        }),
        database.url,
        options(),
      ),
    )
    expect(outcomeOf(report, 'add-b')).toMatchObject({
      status: 'failed',
      message: 'The step cannot begin: column public.orders.b exists',
    })
    const other = must(
      await applyPlan(
        plan({
          id: 'test-plan',
          phases: { expand: [addColumn('never-run', 'public.orders', 'x', 'int')] },
        }),
        database.url,
        options(),
      ).then(async (refused) => {
        expect(codeOf(refused)).toBe('plan-changed')
        await database.session.execute('DROP SCHEMA lockstep CASCADE')
        return applyPlan(
          plan({
            phases: {
              expand: [
                indexStep({
                  id: 'build',
                  index: 'public.taken',
                  table: 'public.orders',
                  sql: 'CREATE INDEX CONCURRENTLY taken ON orders (customer)',
                  after: [
                    {
                      kind: 'index',
                      index: 'public.taken',
                      exists: true,
                      valid: true,
                      definition: 'CREATE INDEX taken ON public.orders USING btree (customer)',
                    },
                  ],
                }),
                ddlStep({
                  id: 'odd',
                  sql: ['SELECT 1'],
                  after: [columnCondition('public.orders', 'nowhere', true)],
                }),
              ],
            },
          }),
          database.url,
          options(),
        )
      }),
    )
    expect(outcomeOf(other, 'build')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('public.taken exists'),
    })
    expect(outcomeOf(other, 'odd')).toEqual({ status: 'not-run' })
  })

  it('does not take a step for applied whose SQL went through without the effect', async () => {
    const report = must(
      await applyPlan(
        plan({
          phases: {
            expand: [
              ddlStep({
                id: 'odd',
                sql: ['SELECT 1'],
                after: [columnCondition('public.orders', 'nowhere', true)],
              }),
            ],
          },
        }),
        database.url,
        options(),
      ),
    )
    expect(outcomeOf(report, 'odd')).toMatchObject({
      status: 'failed',
      message: 'It ran without an error, and yet: column public.orders.nowhere does not exist',
    })
  })

  it('takes a ddl step back as a whole when one of its statements fails', async () => {
    const steps = [
      ddlStep({
        id: 'two',
        sql: ['ALTER TABLE orders ADD COLUMN one int', 'ALTER TABLE orders ADD COLUMN customer int'],
        locks: [{ relation: 'public.orders', mode: 'AccessExclusive' }],
        after: [columnCondition('public.orders', 'one', true)],
      }),
    ]
    const report = must(await applyPlan(plan({ phases: { expand: steps } }), database.url, options()))
    expect(outcomeOf(report, 'two')).toMatchObject({ status: 'failed', sqlstate: '42701' })
    expect(await readCatalogColumns()).not.toContain('one')
  })

  it('runs a ddl step that leaves no trace exactly once', async () => {
    const steps = [
      ddlStep({ id: 'traceless', sql: [`UPDATE orders SET n = n + 1`] }),
      ddlStep({ id: 'fails', sql: ['SELECT 1 / 0'] }),
    ]
    const given = plan({ phases: { expand: steps } })
    must(await applyPlan(given, database.url, options()))
    // As after a crash between COMMIT and the end of the step's journal row.
    must(await applyPlan(given, database.url, options()))
    expect(await database.session.query(`SELECT sum(n)::int AS n FROM orders`)).toEqual([{ n: 3000 }])
  })

  it('works for a role that owns the database and is no superuser', async () => {
    const owner = await createOwner(database)
    await database.session.execute(`ALTER TABLE orders OWNER TO "${owner.name}"`)
    try {
      const report = must(await applyPlan(wholePlan(), owner.url, options()))
      expect(report.status).toBe('done')
    } finally {
      await owner.drop()
    }
  })

  it('stops between steps when asked to, and goes on from there', async () => {
    const stop = new AbortController()
    const whole = wholePlan()
    const report = must(
      await applyPlan(
        whole,
        database.url,
        options({
          signal: stop.signal,
          afterStep: (step) => {
            if (step.id === 'build-index') stop.abort()
            return Promise.resolve()
          },
        }),
      ),
    )
    expect(report.status).toBe('failed')
    expect(statuses(report)).toMatchObject({ 'build-index': 'applied', 'add-check': 'not-run' })
    expect(must(await applyPlan(whole, database.url, options())).status).toBe('done')
  })
})

describe('what a plan is refused for', () => {
  it('is another server, another text, another open plan, or tables that have changed', async () => {
    const first = plan({
      id: 'first',
      phases: { expand: [addColumn('add-x', 'public.orders', 'x', 'int')], contract: [gateStep('gate-1')] },
    })
    const changed = plan({
      id: 'first',
      phases: { expand: [addColumn('add-y', 'public.orders', 'y', 'int')] },
    })
    const second = plan({
      id: 'second',
      phases: { expand: [addColumn('add-z', 'public.orders', 'z', 'int')] },
    })
    expect(
      codeOf(await applyPlan({ ...first, server: { ...first.server, major: 13 } }, database.url, options())),
    ).toBe('server-major-mismatch')
    must(await applyPlan(first, database.url, options({ through: 'first-gate' })))
    expect(codeOf(await applyPlan(changed, database.url, options()))).toBe('plan-changed')
    const refused = await applyPlan(second, database.url, options({ supersede: true }))
    expect(refused).toMatchObject({
      ok: false,
      problems: [{ code: 'another-plan-open', message: expect.stringContaining('first') }],
    })
    expect(codeOf(await rollbackPlan(second, database.url, options()))).toBe('plan-not-applied')
    expect(codeOf(await rollbackPlan(changed, database.url, options()))).toBe('plan-changed')
    expect(must(await rollbackPlan(first, database.url, options())).status).toBe('done')
    expect(must(await applyPlan(second, database.url, options())).status).toBe('done')
    // What was rolled back may come again, with another text too.
    expect(must(await applyPlan(changed, database.url, options())).status).toBe('done')
    expect(await readCatalogColumns()).toEqual(['id', 'customer', 'n', 'note', 'z', 'y'])
  })

  it('is changed sources before the first step, and only warned of after', async () => {
    const given = plan({
      phases: { expand: [addColumn('add-x', 'public.orders', 'x', 'int')], contract: [gateStep('gate-1')] },
    })
    const changedSources = ['migrations/1.sql']
    expect(codeOf(await applyPlan(given, database.url, options({ changedSources })))).toBe('sources-changed')
    must(await applyPlan(given, database.url, options({ through: 'first-gate' })))
    const later = options({ changedSources })
    expect(must(await applyPlan(given, database.url, later)).status).toBe('done')
    expect(later.events).toContainEqual({
      kind: 'warning',
      message: expect.stringContaining('migrations/1.sql'),
    })
  })

  it('is a fingerprint that differs, before anything has run and at a later phase', async () => {
    const relations = ['public.orders']
    const fingerprint = async (): Promise<string> =>
      fingerprintOf(await readCatalog(database.session), relations)
    const expand = await fingerprint()
    await database.session.execute('ALTER TABLE orders ADD COLUMN x int')
    const backfill = await fingerprint()
    const given = plan({
      relations,
      fingerprints: { expand, backfill },
      phases: {
        expand: [addColumn('add-x', 'public.orders', 'x', 'int')],
        backfill: [rowsStep({ id: 'fill', sql: 'UPDATE orders SET x = 1 WHERE id = 1' })],
      },
    })
    expect(codeOf(await applyPlan(given, database.url, options()))).toBe('fingerprint-mismatch')
    expect(await database.session.query(`SELECT id FROM lockstep.plan`)).toEqual([])
    await database.session.execute('ALTER TABLE orders DROP COLUMN x')
    must(await applyPlan(given, database.url, options({ through: { phase: 'expand' } })))
    await database.session.execute('ALTER TABLE orders ALTER COLUMN note SET NOT NULL').catch(() => undefined)
    await database.session.execute('ALTER TABLE orders ADD COLUMN surprise int')
    const late = must(await applyPlan(given, database.url, options()))
    expect(outcomeOf(late, 'fill')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('public.orders'),
    })
    await database.session.execute('ALTER TABLE orders DROP COLUMN surprise')
    expect(must(await applyPlan(given, database.url, options())).status).toBe('done')
  })
})

describe('invariants', () => {
  const same = {
    name: 'count',
    sql: 'SELECT count(*) FROM orders;',
    expect: 'same',
    origin: 'config',
  } as const

  it('are held against the answers at the start of the phase, also by a later run', async () => {
    const given = plan({
      invariants: [same],
      phases: { expand: [rowsStep({ id: 'lose', sql: 'DELETE FROM orders WHERE id = 1' })] },
    })
    const report = must(await applyPlan(given, database.url, options()))
    expect(report.status).toBe('failed')
    expect(report.invariants).toEqual([
      { name: 'count', at: 'stage 1 expand start', held: true, detail: null },
      {
        name: 'count',
        at: 'stage 1 expand end',
        held: false,
        detail: 'before {"count":"3000"}, now {"count":"2999"}',
      },
    ])
    expect(must(await applyPlan(given, database.url, options())).status).toBe('failed')
    await database.session.execute('INSERT INTO orders (id, customer) VALUES (1, 1)')
    expect(must(await applyPlan(given, database.url, options())).status).toBe('done')
  })

  it('that must return no row, and one that cannot be asked, stop a phase before it begins', async () => {
    for (const sql of ['SELECT id FROM orders WHERE id = 7', 'SELECT nothing_of_the_kind FROM orders']) {
      const given = plan({
        id: `no-rows-${sql.length}`,
        invariants: [{ name: 'none', sql, expect: 'no-rows', origin: 'generated' }],
        phases: { expand: [addColumn('add-x', 'public.orders', 'x', 'int')] },
      })
      const report = must(await applyPlan(given, database.url, options()))
      expect(report.invariants).toMatchObject([{ name: 'none', held: false }])
      expect(statuses(report)).toEqual({ 'add-x': 'not-run' })
      must(await rollbackPlan(given, database.url, options()))
    }
  })
})

describe('rolling back', () => {
  it('restores the schema of a whole expand phase, and does so again when asked twice', async () => {
    const relations = ['public.orders']
    const before = fingerprintOf(await readCatalog(database.session), relations)
    const whole = wholePlan()
    must(await applyPlan(whole, database.url, options({ through: { phase: 'expand' } })))
    expect(fingerprintOf(await readCatalog(database.session), relations)).not.toBe(before)
    const report = must(await rollbackPlan(whole, database.url, options()))
    expect(statuses(report)).toMatchObject({
      'add-check': 'applied',
      'build-index': 'applied',
      'add-total': 'applied',
      'no-negatives': 'already-applied',
      'fill-total': 'not-run',
    })
    expect(report.status).toBe('done')
    expect(fingerprintOf(await readCatalog(database.session), relations)).toBe(before)
    expect(must(await readStatus(database.url)).plan?.status).toBe('rolled-back')
    expect(must(await rollbackPlan(whole, database.url, options())).status).toBe('done')
    expect(must(await applyPlan(whole, database.url, options())).status).toBe('done')
  })

  it('counts as undone what is gone already, and finishes what a crash left of an undo', async () => {
    const whole = wholePlan()
    must(await applyPlan(whole, database.url, options({ through: { phase: 'expand' } })))
    await database.session.execute('ALTER TABLE orders DROP CONSTRAINT n_positive')
    await database.session.execute(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_customer'::regclass`,
    )
    const report = must(await rollbackPlan(whole, database.url, options()))
    expect(statuses(report)).toMatchObject({ 'add-check': 'already-applied', 'add-total': 'applied' })
    expect(report.status).toBe('done')
    expect(await database.session.query(`SELECT to_regclass('orders_customer') AS index`)).toEqual([
      { index: null },
    ])
  })

  it('stops at the first step that cannot be taken back, after which the plan may be superseded', async () => {
    const dropNote = ddlStep({
      id: 'drop-note',
      sql: ['ALTER TABLE public.orders DROP COLUMN note'],
      after: [columnCondition('public.orders', 'note', false)],
      undo: { kind: 'never', because: 'the notes are gone' },
    })
    const stuck = plan({ phases: { expand: [dropNote, addColumn('add-y', 'public.orders', 'y', 'int')] } })
    must(await applyPlan(stuck, database.url, options()))
    const report = must(await rollbackPlan(stuck, database.url, options({})))
    expect(report.status).toBe('failed')
    expect(outcomeOf(report, 'add-y')).toMatchObject({ status: 'applied' })
    expect(outcomeOf(report, 'drop-note')).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('the notes are gone'),
    })
    expect(must(await readStatus(database.url)).plan).toMatchObject({
      status: 'open',
      rollbackStoppedAt: 'drop-note',
    })
    const next = plan({ id: 'next', phases: { expand: [addColumn('add-x', 'public.orders', 'x', 'int')] } })
    expect(codeOf(await applyPlan(next, database.url, options()))).toBe('another-plan-open')
    expect(must(await applyPlan(next, database.url, options({ supersede: true }))).status).toBe('done')
    expect(codeOf(await rollbackPlan(stuck, database.url, options()))).toBe('plan-superseded')
  })

  it('refuses to drop what has been written since, unless told to', async () => {
    const given = plan({ phases: { expand: [addColumn('add-x', 'public.orders', 'x', 'int DEFAULT 7')] } })
    must(await applyPlan(given, database.url, options()))
    await database.session.execute('UPDATE orders SET x = 8 WHERE id = 5')
    expect(codeOf(await rollbackPlan(given, database.url, options()))).toBe('data-would-be-lost')
    expect(await readCatalogColumns()).toContain('x')
    expect(must(await rollbackPlan(given, database.url, { ...options(), loseData: true })).status).toBe(
      'done',
    )
    expect(await readCatalogColumns()).not.toContain('x')
  })

  it('builds a dropped index again, also out of one that is half dropped', async () => {
    await database.session.execute('CREATE INDEX orders_n ON orders (n)')
    const given = plan({
      phases: {
        expand: [
          dropIndexStep({
            id: 'drop-n',
            index: 'public.orders_n',
            table: 'public.orders',
            sql: 'DROP INDEX CONCURRENTLY public.orders_n',
            undo: {
              kind: 'sql',
              sql: ['CREATE INDEX CONCURRENTLY orders_n ON public.orders (n)'],
              concurrently: true,
              locks: [],
            },
          }),
        ],
      },
    })
    must(await applyPlan(given, database.url, options()))
    expect(must(await rollbackPlan(given, database.url, options())).status).toBe('done')
    expect(await isValid('orders_n')).toBe(true)
    must(await applyPlan(given, database.url, options()))
    await database.session.execute(`CREATE INDEX orders_n ON orders (n);
      UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_n'::regclass;
      UPDATE lockstep.step SET state = 'running'`)
    expect(must(await readStatus(database.url)).steps).toMatchObject([{ state: 'running', found: 'partial' }])
    expect(must(await rollbackPlan(given, database.url, options())).status).toBe('done')
    expect(await isValid('orders_n')).toBe(true)
  })
})

describe('status', () => {
  it('says nothing of a database that has seen no plan', async () => {
    expect(must(await readStatus(database.url))).toEqual({
      plan: null,
      runner: null,
      steps: [],
      gate: null,
      debris: [],
    })
  })

  it('tells of steps, gate and debris', async () => {
    await database.session.execute('INSERT INTO orders (id, customer, n) VALUES (5000, 0, -5)')
    const whole = wholePlan()
    const steps = whole.stages[0]?.phases[0]?.steps ?? []
    const given = plan({ phases: { expand: steps.slice(1), contract: [gateStep('gate-1')] } })
    must(await applyPlan(given, database.url, options({ through: 'first-gate' })))
    await database.session.execute(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_customer'::regclass`,
    )
    const status = must(await readStatus(database.url))
    expect(statusSchema.parse(status)).toEqual(status)
    expect(status).toMatchObject({
      plan: { id: 'test-plan', status: 'open' },
      runner: null,
      gate: 'gate-1',
      debris: [
        { kind: 'invalid-index', object: 'public.orders_customer', ofStep: 'build-index' },
        { kind: 'not-valid-constraint', object: 'n_positive on public.orders', ofStep: 'add-check' },
      ],
    })
    expect(status.steps.map(({ step, state }) => [step, state])).toEqual([
      ['add-total', 'applied'],
      ['build-index', 'applied'],
      ['add-check', 'applied'],
      ['one-more', 'applied'],
      ['gate-1', 'pending'],
    ])
  })
})

describe('two runners', () => {
  it('work one after the other, the second naming the first while it waits', async () => {
    const whole = wholePlan()
    const slow = options({ afterStep: () => new Promise((resolve) => setTimeout(resolve, 600)) })
    const first = applyPlan(whole, database.url, slow)
    const watch = await mustConnect(database.url)
    await until(
      watch,
      `EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.oid = database WHERE d.datname = current_database() AND locktype = 'advisory' AND granted)`,
    )
    const second = options()
    const [one, two] = await Promise.all([first, applyPlan(whole, database.url, second)])
    await watch.close()
    expect(must(one).status).toBe('done')
    expect(new Set(Object.values(statuses(must(two))))).toEqual(new Set(['already-applied']))
    expect(second.events.filter(({ kind }) => kind === 'waiting-for-runner').length).toBeGreaterThan(0)
    expect(await database.session.query(`SELECT sum(n)::int AS n FROM orders`)).toEqual([{ n: 3010 }])
  })

  it('do not wait for each other for ever', async () => {
    const whole = wholePlan()
    let refused: Awaited<ReturnType<typeof applyPlan>> | null = null
    let seen: string | undefined
    const first = options({
      afterStep: async (step) => {
        if (step.id !== 'add-total') return
        refused = await applyPlan(whole, database.url, options({ runnerWaitMaxMs: 300 }))
        seen = must(await readStatus(database.url)).runner?.owner
      },
    })
    expect(must(await applyPlan(whole, database.url, first)).status).toBe('done')
    expect(refused).toMatchObject({
      ok: false,
      problems: [{ code: 'runner-busy', message: expect.stringContaining(`process ${process.pid}`) }],
    })
    expect(seen).toContain(`process ${process.pid}`)
  })

  it('do not take each other’s sessions for what a dead one has left', async () => {
    const whole = wholePlan()
    const { session } = database
    // As a third one would hold it, so that both stand in line with all their sessions open.
    await session.query('SELECT pg_advisory_lock(7813573191660758384)')
    const open = `(SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'lockstep/%')::int`
    const alive: number[] = []
    const both = [0, 1].map(() =>
      applyPlan(
        whole,
        database.url,
        options({
          afterStep: async () => {
            const [row] = await session.query<{ open: number }>(`SELECT ${open} AS open`)
            alive.push(row?.open ?? 0)
          },
        }),
      ),
    )
    await until(session, `${open} = 4`)
    await session.query('SELECT pg_advisory_unlock(7813573191660758384)')
    const ended = await Promise.all(both)
    expect(ended.map((result) => must(result).status)).toEqual(['done', 'done'])
    expect(alive[0]).toBe(4)
  })

  it('make the journal once when both come to a database without one', async () => {
    const whole = wholePlan()
    const both = await Promise.all([
      applyPlan(whole, database.url, options()),
      applyPlan(whole, database.url, options()),
    ])
    expect(both.map((result) => must(result).status)).toEqual(['done', 'done'])
  })
})

async function readCatalogColumns(): Promise<readonly string[]> {
  const catalog = await readCatalog(database.session)
  return catalog.tables.find(({ name }) => name === 'orders')?.columns.map(({ name }) => name) ?? []
}

async function isValid(index: string): Promise<boolean | undefined> {
  const [row] = await database.session.query<{ valid: boolean }>(
    `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)`,
    [index],
  )
  return row?.valid
}

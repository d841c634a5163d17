import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { plan as planSchema } from '../../src/model/plan.ts'
import type { Plan } from '../../src/model/plan.ts'
import { observations as observationsSchema } from '../../src/model/observations.ts'
import { proof as proofSchema } from '../../src/model/proof.ts'
import { withObservations } from '../../src/plan/complete.ts'
import type { ProofInput, ProofRun } from '../../src/verify/prove.ts'
import { provePlan } from '../../src/verify/prove.ts'
import type { ShadowServer } from '../../src/verify/shadow.ts'
import { openShadow } from '../../src/verify/shadow.ts'
import { mustConnect } from '../support/database.ts'
import { base, batches, ddl, file, lock, pending, planWith, steps } from './hand-written-plan.ts'

let shadow: ShadowServer

beforeAll(async () => {
  const opened = await openShadow({ shadowUrl: inject('serverUrl'), targetUrl: null, major: 0 })
  if (!opened.ok) throw new Error(opened.problems[0]?.message)
  shadow = opened.value
})
afterAll(() => shadow.close())

async function prove(plan: Plan, over: Partial<ProofInput> = {}): Promise<ProofRun> {
  const proved = await provePlan(plan, { base, pending, rows: { kind: 'generated' }, ...over }, shadow)
  if (!proved.ok) throw new Error(proved.problems.map(({ message }) => message).join('\n'))
  return {
    proof: proofSchema.parse(proved.value.proof),
    observations: observationsSchema.parse(proved.value.observations),
  }
}

/** The good plan with some steps exchanged, proved. */
async function spoiled(changes: Parameters<typeof planWith>[1]): Promise<ProofRun['proof']> {
  return (await prove(planWith(shadow.major, changes))).proof
}

describe('a good plan', () => {
  let run: ProofRun
  beforeAll(async () => {
    const started = performance.now()
    run = await prove(planWith(shadow.major))
    console.log(`proved in ${Math.round(performance.now() - started)} ms`)
  })

  it('is proved, on rows, under a writer', () => {
    const { proof } = run
    expect(proof).toMatchObject({
      verdict: 'proved',
      because: null,
      catalogDifferences: [],
      rowDifferences: [],
      volatileColumns: [],
      rows: [
        { table: 'public.customers', before: 200, after: 200 },
        { table: 'public.orders', before: 200, after: 200 },
      ],
    })
    expect(proof.writer).toMatchObject({ failures: [] })
    expect(proof.writer?.updates).toBeGreaterThan(0)
    expect(proof.writer?.inserts).toBe(proof.writer?.deletes)
  })

  it('names what it had to assume of the rows, with the author’s line', () => {
    expect(run.proof.assumptions).toEqual([
      expect.stringMatching(
        /FOREIGN KEY \(customer_id\).*: else 2_orders\.sql:3:1: insert or update on table "orders" violates/,
      ),
    ])
  })

  it('measures the locks of its steps', () => {
    const seen = new Map(run.proof.locksSeen.map((one) => [one.step, one]))
    expect(seen.get('add-priority')).toMatchObject({
      how: 'exact',
      locks: [{ relation: 'public.orders', mode: 'AccessExclusive' }],
      undeclared: [],
    })
    expect(seen.get('add-foreign-key')?.locks).toEqual([
      { relation: 'public.customers', mode: 'ShareRowExclusive' },
      { relation: 'public.orders', mode: 'ShareRowExclusive' },
    ])
    expect(seen.get('fill-status')).toMatchObject({
      how: 'exact',
      locks: [{ relation: 'public.orders', mode: 'RowExclusive' }],
    })
    expect(seen.get('build-index')?.how).toBe('sampled')
  })

  it('is observed: fingerprints by phase and the server’s definitions, the same in a second proof', async () => {
    const { observations } = run
    expect(observations.fingerprints.map(({ stage, phase }) => [stage, phase])).toEqual([
      [1, 'expand'],
      [1, 'backfill'],
      [1, 'contract'],
    ])
    expect(new Set(observations.fingerprints.map(({ sha256 }) => sha256)).size).toBe(3)
    expect(observations.definitions).toContainEqual({
      step: 'build-index',
      definitions: [
        {
          object: 'index public.orders_customer',
          definition: 'CREATE INDEX orders_customer ON public.orders USING btree (customer_id)',
        },
      ],
    })
    expect(observations.definitions).toContainEqual({
      step: 'add-priority',
      definitions: [{ object: 'default public.orders.priority', definition: '3' }],
    })
    expect(observations.proof).toEqual({
      verdict: 'proved',
      serverVersion: shadow.version,
      rows: [
        { table: 'public.customers', rows: 200 },
        { table: 'public.orders', rows: 200 },
      ],
    })
    expect((await prove(planWith(shadow.major))).observations).toEqual(observations)
  })

  it('is proved once more when it holds what was observed', async () => {
    const complete = withObservations(planWith(shadow.major), run.observations)
    expect(planSchema.parse(complete).stages[0]?.phases[1]?.fingerprint).toBe(
      run.observations.fingerprints[1]?.sha256,
    )
    expect((await prove(complete)).proof).toMatchObject({ verdict: 'proved', because: null })
  })

  it('leaves no database and no role on the shadow', async () => {
    const session = await mustConnect(inject('serverUrl'))
    const left = await session.query(
      `SELECT datname FROM pg_database WHERE starts_with(datname, 'lockstep_proof_')
        UNION ALL SELECT rolname FROM pg_roles WHERE starts_with(rolname, 'lockstep_proof_')`,
    )
    await session.close()
    expect(left).toEqual([])
  })
})

describe('a plan with a defect is different, because', () => {
  it('an index is forgotten', async () => {
    expect(await spoiled({ index: null })).toMatchObject({
      verdict: 'different',
      catalogDifferences: [
        {
          kind: 'missing',
          object: 'index public.orders_customer',
          expected: 'CREATE INDEX orders_customer ON public.orders USING btree (customer_id)',
          actual: null,
        },
      ],
    })
  })

  it('a default is wrong', async () => {
    const column = ddl(
      'add-priority',
      ['ALTER TABLE public.orders ADD COLUMN priority int NOT NULL DEFAULT 4'],
      [lock('public.orders')],
    )
    const proof = await spoiled({ column })
    expect(proof.catalogDifferences).toEqual([
      {
        kind: 'changed',
        object: 'column public.orders.priority',
        expected: 'integer DEFAULT 3 NOT NULL',
        actual: 'integer DEFAULT 4 NOT NULL',
      },
    ])
    expect(proof.rowDifferences[0]).toMatchObject({
      kind: 'changed',
      expected: `priority='3'`,
      actual: `priority='4'`,
    })
  })

  it('a constraint is left NOT VALID, or a column nullable', async () => {
    expect((await spoiled({ validateForeignKey: null })).catalogDifferences).toEqual([
      {
        kind: 'changed',
        object: 'constraint public.orders.orders_customer_fkey',
        expected: 'FOREIGN KEY (customer_id) REFERENCES public.customers(id)',
        actual: 'FOREIGN KEY (customer_id) REFERENCES public.customers(id) NOT VALID',
      },
    ])
    expect((await spoiled({ notNull: null, check: null, validateCheck: null })).catalogDifferences).toEqual([
      { kind: 'changed', object: 'column public.orders.status', expected: 'text NOT NULL', actual: 'text' },
    ])
  })

  it('a row is changed, lost, or NULL becomes an empty string', async () => {
    const also = (sql: string) => ({
      drop: ddl(
        'drop-legacy',
        ['ALTER TABLE public.customers DROP COLUMN legacy', sql],
        [lock('public.customers')],
      ),
    })
    const changed = await spoiled(
      also(`UPDATE public.customers SET name = 'x' WHERE id = 9223372036854775807`),
    )
    expect(changed).toMatchObject({
      verdict: 'different',
      rowDifferences: [
        { kind: 'changed', table: 'public.customers', key: `id='9223372036854775807'`, actual: `name='x'` },
      ],
    })
    const lost = await spoiled(also(`DELETE FROM public.orders WHERE id = 0`))
    expect(lost.rowDifferences).toMatchObject([
      { kind: 'missing', table: 'public.orders', key: `id='0'`, actual: null },
    ])
    const emptied = await spoiled(also(`UPDATE public.customers SET name = '' WHERE name IS NULL`))
    expect(emptied.rowDifferences[0]).toMatchObject({ expected: 'name=NULL', actual: `name=''` })
  })

  it('two rows swap their values', async () => {
    const swap = `UPDATE public.orders o SET note = p.note FROM public.orders p WHERE (o.id, p.id) IN
      ((0, 9223372036854775807), (9223372036854775807, 0))`
    const drop = ddl(
      'drop-legacy',
      ['ALTER TABLE public.customers DROP COLUMN legacy', swap],
      [lock('public.customers')],
    )
    expect((await spoiled({ drop })).rowDifferences.map(({ key }) => key)).toEqual([
      `id='0'`,
      `id='9223372036854775807'`,
    ])
  })

  it('a privilege or a comment is lost', async () => {
    const proof = await spoiled({ grant: null, comment: null })
    expect(proof.verdict).toBe('different')
    const objects = proof.catalogDifferences.map(({ object, expected }) => `${object} ${expected}`).join('\n')
    expect(objects).toContain('public.orders')
    expect(objects).toContain('never empty')
    expect(proof.catalogDifferences).toHaveLength(2)
  })

  it('a step holds a lock that it does not declare', async () => {
    const column = { ...steps.column, locks: [lock('public.orders', 'ShareUpdateExclusive')] }
    const proof = await spoiled({ column })
    expect(proof).toMatchObject({
      verdict: 'different',
      because: 'steps take locks that they do not declare',
      catalogDifferences: [],
      rowDifferences: [],
    })
    expect(proof.locksSeen.find(({ step }) => step === 'add-priority')?.undeclared).toEqual([
      lock('public.orders'),
    ])
  })

  it('an application’s UPDATE of an old row fails while it runs', async () => {
    // The CHECK comes before the rows are as it wants them: nobody can touch a row that is still to be mended.
    const proof = await spoiled({ column: { ...steps.check, id: 'check-first' }, check: steps.column })
    expect(proof).toMatchObject({
      verdict: 'different',
      because: expect.stringMatching(
        /^writes of the application fail while the plan runs: UPDATE of public\.orders: .*lockstep_status/,
      ),
      catalogDifferences: [],
      rowDifferences: [],
    })
  })

  it('batches pass over rows', async () => {
    const update = batches(
      'fill-status',
      'public.orders',
      `UPDATE public.orders SET status = 'unknown' WHERE (status IS NULL) AND (id) >= ($1::bigint) AND (id) <= ($2::bigint) AND id % 3 <> 0`,
    )
    const proof = await spoiled({ update, check: null, validateCheck: null, notNull: null })
    expect(proof.verdict).toBe('different')
  })

  it('a step fails where the author’s SQL does not', async () => {
    expect(await spoiled({ update: null })).toMatchObject({
      verdict: 'different',
      because: expect.stringMatching(/step validate-check fails: .*lockstep_status/),
    })
  })
})

describe('a proof', () => {
  it('accepts what the plan declares, and another order of columns', async () => {
    const more = [
      file('3_more.sql', [`ALTER TABLE orders ADD COLUMN one int`, `ALTER TABLE orders ADD COLUMN two int`]),
    ]
    const columns = ddl(
      'add-columns',
      ['ALTER TABLE public.orders ADD COLUMN two int, ADD COLUMN one int'],
      [lock('public.orders')],
    )
    const bare = [
      'foreignKey',
      'check',
      'comment',
      'grant',
      'index',
      'update',
      'validateForeignKey',
      'validateCheck',
      'notNull',
      'gate',
      'drop',
    ] as const
    const without = Object.fromEntries(bare.map((key) => [key, null]))
    const { proof } = await prove(planWith(shadow.major, { ...without, column: columns }), { pending: more })
    expect(proof).toMatchObject({
      verdict: 'proved',
      allowed: [
        'the columns of public.orders stand in the order id, customer_id, status, total, note, two, one',
      ],
    })
    const declared = ['column public.orders.priority: the plan gives it later']
    const late = await prove(planWith(shadow.major, { column: null }, { differences: declared }))
    expect(late.proof).toMatchObject({ verdict: 'proved', allowed: declared })
  })

  it('has a writer where the author drops the key or makes a column unique', async () => {
    const sql = [
      `UPDATE customers SET name = 'x'`,
      `ALTER TABLE customers DROP COLUMN id CASCADE`,
      `ALTER TABLE customers ADD UNIQUE (legacy)`,
    ]
    const none = Object.fromEntries(Object.keys(steps).map((key) => [key, null]))
    const plan = planWith(shadow.major, {
      ...none,
      column: batches(
        'fill',
        'public.customers',
        `UPDATE public.customers SET name = 'x' WHERE (id) >= ($1::bigint) AND (id) <= ($2::bigint)`,
      ),
    })
    const { proof } = await prove(plan, { pending: [file('3_drop.sql', sql)] })
    expect(proof.verdict).toBe('different')
    expect(proof.writer).toMatchObject({ inserts: 0 })
  })

  it('says schema-only without rows, and runs rows that are given', async () => {
    expect((await prove(planWith(shadow.major), { rows: { kind: 'none' } })).proof.verdict).toBe(
      'schema-only',
    )
    const text = `INSERT INTO customers SELECT n FROM generate_series(1, 3) n; INSERT INTO orders (id, customer_id) VALUES (1, 1);`
    const given = await prove(planWith(shadow.major), { rows: { kind: 'sql', path: 'rows.sql', text } })
    expect(given.proof).toMatchObject({
      verdict: 'proved',
      rows: [{ before: 3 }, { before: 1 }],
      assumptions: [],
    })
    const bad = await prove(planWith(shadow.major), {
      rows: { kind: 'sql', path: 'rows.sql', text: `${text}\nSELECT nothing` },
    })
    expect(bad.proof).toMatchObject({
      verdict: 'unproved',
      because: 'the rows cannot be loaded: rows.sql:2:8: column "nothing" does not exist',
    })
  })

  it('is not carried out where the base or the original fails, and says where', async () => {
    const wrong = file('0_wrong.sql', ['CREATE TABLE fine (id int)', 'CREATE TABLE wrong (id integr)'])
    expect((await prove(planWith(shadow.major), { base: [wrong] })).proof).toMatchObject({
      verdict: 'unproved',
      because: 'the base migrations fail: 0_wrong.sql:2:24: type "integr" does not exist',
    })
    const refused = file('2_role.sql', ['CREATE ROLE boss SUPERUSER'])
    expect((await prove(planWith(shadow.major), { pending: [refused] })).proof).toMatchObject({
      verdict: 'unproved',
      because: expect.stringMatching(
        /^the original migrations fail: 2_role\.sql:1:1: .*(permission denied|must be superuser)/,
      ),
    })
  })

  it('refuses a shadow of another major', async () => {
    expect((await prove(planWith(shadow.major + 1))).proof).toMatchObject({
      verdict: 'unproved',
      because: `the shadow is PostgreSQL ${shadow.version}, the plan is for ${shadow.major + 1}`,
    })
  })

  it('compares clocks, dice and sequences by their shape', async () => {
    const sql =
      'ALTER TABLE orders ADD COLUMN seen timestamptz DEFAULT clock_timestamp(), ADD COLUMN n serial'
    const column = ddl('add-seen', [sql], [lock('public.orders')])
    const bare = [
      'foreignKey',
      'check',
      'comment',
      'grant',
      'index',
      'update',
      'validateForeignKey',
      'validateCheck',
      'notNull',
      'gate',
      'drop',
    ] as const
    const without = Object.fromEntries(bare.map((key) => [key, null]))
    const { proof } = await prove(planWith(shadow.major, { ...without, column }), {
      pending: [file('3_seen.sql', [sql])],
    })
    expect(proof).toMatchObject({
      verdict: 'proved',
      volatileColumns: ['public.orders.n', 'public.orders.seen'],
    })
  })
})

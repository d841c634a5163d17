/**
 * A column that every row gets with ADD COLUMN, as a release of an application meets it: the value is one that this
 * database alone knows, the old application inserts at every step, and the run is interrupted and taken back.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { applyPlan, type ApplyOptions } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import type { Plan } from '../../src/model/plan.ts'
import { withObservations } from '../../src/plan/complete.ts'
import { loadParser } from '../../src/sql/parser.ts'
import { parseScript } from '../../src/sql/parse-script.ts'
import { provePlan, type ProofRun } from '../../src/verify/prove.ts'
import { openShadow, type ShadowServer } from '../../src/verify/shadow.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { planFor, stepsOf } from '../support/plan-scenario.ts'
import { must, options, statuses } from './run-fixture.ts'

const base = `
  CREATE SCHEMA "Auth";
  CREATE TABLE "Auth"."Clients" (id text PRIMARY KEY, name text NOT NULL);
  CREATE TABLE "Auth".tokens (signature text PRIMARY KEY, client_id text NOT NULL REFERENCES "Auth"."Clients");`

const pending = [
  `CREATE TABLE networks (id uuid PRIMARY KEY, created_at timestamptz NOT NULL);
   INSERT INTO networks VALUES (gen_random_uuid(), now());`,
  `ALTER TABLE "Auth"."Clients" ADD COLUMN nid uuid NULL;
   ALTER TABLE "Auth"."Clients" ADD CONSTRAINT clients_nid_fk FOREIGN KEY (nid) REFERENCES networks (id);
   ALTER TABLE "Auth".tokens ADD COLUMN nid uuid NULL, ADD COLUMN "Kind" varchar(40), ADD COLUMN seen boolean;`,
  `UPDATE "Auth"."Clients" SET nid = (SELECT id FROM networks LIMIT 1);
   UPDATE "Auth".tokens SET nid = (SELECT id FROM networks LIMIT 1), "Kind" = 'opaque', seen = false;`,
  `ALTER TABLE "Auth"."Clients" ALTER nid SET NOT NULL;
   ALTER TABLE "Auth".tokens ALTER nid SET NOT NULL, ALTER "Kind" SET NOT NULL;
   CREATE INDEX "Clients_nid" ON "Auth"."Clients" (nid);`,
]

let shadow: ShadowServer
let database: TestDatabase
let proved: ProofRun
let plan: Plan

beforeAll(async () => {
  await loadParser()
  shadow = must(await openShadow({ shadowUrl: inject('serverUrl'), targetUrl: null, major: 0 }))
  const made = must(planFor({ base, pending, major: shadow.major }))
  proved = await provedOn(made, pending)
  plan = withObservations(made, proved.observations)
})
afterAll(() => shadow.close())

async function provedOn(made: Plan, texts: readonly string[], before = base): Promise<ProofRun> {
  const file = (text: string, at: number) => ({
    path: `${at}.sql`,
    text,
    transaction: 'file' as const,
    statements: parseScript(text, `${at}.sql`).statements.map((one) => one.text),
  })
  const input = {
    base: [file(before, 0)],
    pending: texts.map((text, at) => file(text, at + 1)),
    rows: { kind: 'generated' as const },
  }
  return must(await provePlan(made, input, shadow))
}

beforeEach(async () => {
  database = await createTestDatabase()
  await database.session.execute(`${base}
    INSERT INTO "Auth"."Clients" SELECT 'client-' || n, 'Client ' || n FROM generate_series(1, 300) AS n;
    INSERT INTO "Auth".tokens SELECT 'token-' || n, 'client-' || n FROM generate_series(1, 300) AS n;`)
})
afterEach(() => database.drop())

/** The old application: it knows nothing of the new columns. */
function oldApplication() {
  let rows = 0
  return {
    insert: async (): Promise<void> => {
      rows += 1
      await database.session.execute(`
        INSERT INTO "Auth"."Clients" (id, name) VALUES ('new-${rows}', 'New');
        INSERT INTO "Auth".tokens (signature, client_id) VALUES ('new-${rows}', 'new-${rows}')`)
    },
    rows: () => rows,
  }
}

async function files(): Promise<unknown> {
  return database.session.query(
    `SELECT relname::text, pg_relation_filenode(oid) AS file FROM pg_class
      WHERE oid IN ('"Auth"."Clients"'::regclass, '"Auth".tokens'::regclass) ORDER BY 1`,
  )
}

async function columns(): Promise<readonly { readonly column: string; readonly default: string | null }[]> {
  return database.session.query(
    `SELECT c.relname || '.' || a.attname AS column, a.attnotnull AS "notNull", pg_get_expr(d.adbin, d.adrelid) AS default
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relnamespace = '"Auth"'::regnamespace AND c.relkind = 'r' AND a.attname IN ('nid', 'Kind', 'seen') AND NOT a.attisdropped
      ORDER BY 1`,
  )
}

function run(given: Partial<ApplyOptions>) {
  return applyPlan(plan, database.url, options(given))
}

describe('a column folded into its ADD COLUMN', () => {
  it('is proved, though each database captures a value of its own', () => {
    expect(proved.proof).toMatchObject({
      verdict: 'proved',
      because: null,
      catalogDifferences: [],
      rowDifferences: [],
    })
    expect(proved.proof.volatileColumns).toEqual(
      expect.arrayContaining(['"Auth"."Clients".nid', '"Auth".tokens.nid', 'public.networks.id']),
    )
    expect(stepsOf(plan).some(({ kind }) => kind === 'in-batches')).toBe(false)
    const captures = stepsOf(plan).filter(({ kind }) => kind === 'capture')
    expect(captures).toHaveLength(1)
  })

  it('touches no row, and takes the inserts of the old application at every step until it is gone', async () => {
    const before = await files()
    const application = oldApplication()
    await application.insert()
    expect(must(await run({ through: 'first-gate', afterStep: application.insert })).status).toBe('at-gate')
    await application.insert()
    expect(application.rows()).toBeGreaterThan(9)
    expect(await files()).toEqual(before)
    const [row] = await database.session.query(
      `SELECT count(*)::int AS rows, count(nid)::int AS nids, count(DISTINCT nid)::int AS networks,
              bool_and(nid = (SELECT id FROM networks)) AS same, count("Kind")::int AS kinds
         FROM "Auth".tokens`,
    )
    const rows = 300 + application.rows()
    expect(row).toEqual({ rows, nids: rows, networks: 1, same: true, kinds: rows })
    // The author never made this one NOT NULL: only rows that were there when it came have the value.
    const [seen] = await database.session.query<{ filled: number; empty: number }>(
      `SELECT count(seen)::int AS filled, (count(*) - count(seen))::int AS empty FROM "Auth".tokens`,
    )
    expect(seen?.filled).toBeGreaterThanOrEqual(300)
    expect(seen?.empty).toBeGreaterThan(0)

    expect(must(await run({})).status).toBe('done')
    expect(await columns()).toEqual([
      { column: 'Clients.nid', notNull: true, default: null },
      { column: 'tokens.Kind', notNull: true, default: null },
      { column: 'tokens.nid', notNull: true, default: null },
      { column: 'tokens.seen', notNull: false, default: null },
    ])
    expect(await files()).toEqual(before)
    await expect(application.insert()).rejects.toThrow(/null value in column "nid"/)
  })

  it('goes on with the value that it has, after it was stopped between finding it and using it', async () => {
    const stop = new AbortController()
    const first = must(
      await run({
        signal: stop.signal,
        observer: (event) => {
          if (event.kind === 'step-ended' && event.step.startsWith('capture-')) stop.abort()
        },
      }),
    )
    expect(
      Object.entries(statuses(first))
        .filter(([, status]) => status === 'applied')
        .at(-1)?.[0],
    ).toMatch(/^capture-/)
    const [kept] = await database.session.query<{ value: string }>('SELECT value FROM lockstep.capture')
    // Somebody adds a network: which of the two was meant is no longer certain, so nothing is done.
    await database.session.execute(`INSERT INTO networks VALUES (gen_random_uuid(), now())`)
    expect(must(await run({})).status).toBe('failed')
    expect(await columns()).toEqual([])
    await database.session.execute(`DELETE FROM networks WHERE id <> '${kept?.value}'`)
    expect(must(await run({})).status).toBe('done')
    expect(await database.session.query('SELECT DISTINCT nid FROM "Auth".tokens')).toEqual([
      { nid: kept?.value },
    ])
  })

  it('goes back to where it came from, as long as nothing else was written', async () => {
    const before = await columns()
    must(await run({ through: 'first-gate' }))
    expect(await columns()).toHaveLength(4)
    const refused = await rollbackPlan(plan, database.url, options())
    expect(refused.ok ? [] : refused.problems.map(({ message }) => message)).toEqual([
      'Rolling plan scenario back would lose data: table public.networks holds rows.',
    ])
    const back = must(await rollbackPlan(plan, database.url, { ...options(), loseData: true }))
    expect(back.steps.filter(({ outcome }) => outcome.status === 'failed')).toEqual([])
    expect(await columns()).toEqual(before)
    expect(must(await run({})).status).toBe('done')
  })

  it('does not go back over what the new application has written', async () => {
    must(await run({ through: 'first-gate' }))
    await database.session.execute(`UPDATE "Auth".tokens SET "Kind" = 'jwt' WHERE signature = 'token-7'`)
    const back = await rollbackPlan(plan, database.url, options())
    expect(back.ok ? [] : back.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('column "Auth".tokens."Kind" holds values'),
    ])
  })
})

describe('a column that is NOT NULL without a default, and a comment on what the old rows get', () => {
  const filled = [
    '-- lockstep: fill \'eu  (old)\' because all clients of before are there\nALTER TABLE "Auth"."Clients" ADD COLUMN region text NOT NULL;',
  ]

  it('is filled, and takes the inserts of the old application until it is gone', async () => {
    const made = must(planFor({ base, pending: filled, major: shadow.major }))
    const { proof, observations } = await provedOn(made, filled)
    expect(proof).toMatchObject({ verdict: 'schema-only', because: null, catalogDifferences: [] })
    // The author's own statement fails on rows, so the proof has none there, and says so.
    expect(proof.assumptions.join()).toContain('"Auth"."Clients" is left empty')
    plan = withObservations(made, observations)
    const application = oldApplication()
    must(await run({ through: 'first-gate', afterStep: application.insert }))
    await application.insert()
    expect(
      await database.session.query('SELECT region, count(*)::int AS rows FROM "Auth"."Clients" GROUP BY 1'),
    ).toEqual([{ region: 'eu  (old)', rows: 300 + application.rows() }])
    expect(must(await run({})).status).toBe('done')
    await expect(application.insert()).rejects.toThrow(/null value in column "region"/)
  })
})

describe('a value that a table without rows does not have', () => {
  const tables = `CREATE TABLE networks (id bigint PRIMARY KEY);
    CREATE TABLE tokens (id bigint PRIMARY KEY);
    CREATE TABLE names (id bigint PRIMARY KEY);`
  const change = `ALTER TABLE tokens ADD COLUMN nid bigint;
    ALTER TABLE names ADD COLUMN nid numeric(9, 2);
    UPDATE tokens SET nid = (SELECT id FROM networks LIMIT 1);
    UPDATE names SET nid = (SELECT id FROM networks LIMIT 1);
    ALTER TABLE tokens ALTER nid SET NOT NULL;`
  let empty: TestDatabase

  beforeEach(async () => {
    empty = await createTestDatabase()
  })
  afterEach(() => empty.drop())

  async function nids(): Promise<unknown> {
    return empty.session.query(
      `SELECT attrelid::regclass::text AS table, attnotnull AS "notNull", atthasdef AS "hasDefault" FROM pg_attribute
        WHERE attname = 'nid' ORDER BY 1`,
    )
  }
  const asStock = [
    { table: 'names', notNull: false, hasDefault: false },
    { table: 'tokens', notNull: true, hasDefault: false },
  ]

  it('is NULL in a whole history, and the plan is proved and applied', async () => {
    const pending = [tables, change, 'ALTER TABLE tokens ADD COLUMN later text;']
    const made = must(planFor({ base: '', pending, major: shadow.major }))
    const { proof, observations } = await provedOn(made, pending, '')
    expect(proof).toMatchObject({ because: null, catalogDifferences: [], rowDifferences: [] })
    const whole = withObservations(made, observations)
    expect(must(await applyPlan(whole, empty.url, options())).status).toBe('done')
    expect(await nids()).toEqual(asStock)
  })

  it('is NULL where no row needs one, though the shadow had one', async () => {
    await empty.session.execute(`${tables} INSERT INTO names VALUES (1)`)
    const made = must(planFor({ base: tables, pending: [change], major: shadow.major }))
    const { proof, observations } = await provedOn(made, [change], tables)
    expect(proof).toMatchObject({ verdict: 'proved', because: null })
    const observed = withObservations(made, observations)
    expect(must(await applyPlan(observed, empty.url, options())).status).toBe('done')
    expect(await nids()).toEqual(asStock)
    expect(await empty.session.query('SELECT nid FROM names')).toEqual([{ nid: null }])
  })

  it('stops the run where a row needs one, until there is one', async () => {
    await empty.session.execute(`${tables} INSERT INTO tokens VALUES (1)`)
    const made = must(planFor({ base: tables, pending: [change], major: shadow.major }))
    const report = must(await applyPlan(made, empty.url, options()))
    expect(report.status).toBe('failed')
    expect(report.steps.find(({ outcome }) => outcome.status === 'failed')?.outcome).toMatchObject({
      message: expect.stringContaining('public.networks had no value when it was asked'),
    })
    await empty.session.execute('INSERT INTO networks VALUES (7)')
    must(await rollbackPlan(made, empty.url, options()))
    expect(must(await applyPlan(made, empty.url, options())).status).toBe('done')
    expect(await empty.session.query('SELECT nid FROM tokens')).toEqual([{ nid: '7' }])
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCatalog } from '../../src/database/read-catalog.ts'
import type { GenerateRowsOptions } from '../../src/verify/generate-rows.ts'
import { generateRows } from '../../src/verify/generate-rows.ts'
import type { TestDatabase } from '../support/database.ts'
import { createTestDatabase } from '../support/database.ts'

const options: GenerateRowsOptions = {
  rowsPerTable: 200,
  seed: 1,
  sqlToCome: [],
  softReferences: [],
  columnsToCome: null,
  keysOnly: [],
  documents: new Set(),
  children: 'skewed' as const,
  extremes: true,
  oneRow: new Set<string>(),
  leaveEmpty: new Set(),
}

const schema = `
  CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
  CREATE TYPE pair AS (a int, b text);
  CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);
  CREATE DOMAIN word AS varchar(8) NOT NULL;
  CREATE TABLE "Customers" (
    id bigint PRIMARY KEY, email text UNIQUE, name varchar(40) NOT NULL, mood mood, active boolean NOT NULL DEFAULT true,
    balance numeric(8,2), born date, seen timestamptz, tags text[], extra jsonb, token uuid UNIQUE, ip inet, key bytea,
    span tstzrange, pause interval, share percent, code word, scores int[], whole numrange, mixed pair, spare char(3),
    upper_name text GENERATED ALWAYS AS (upper(name)) STORED);
  CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint REFERENCES "Customers",
    owner bigint NOT NULL REFERENCES "Customers", status text NOT NULL CHECK (status IN ('new', 'paid', 'sent')),
    amount int NOT NULL CHECK (amount > 0), first date, last date, CHECK (first <= last), note text);
  CREATE TABLE order_tags (order_id bigint REFERENCES orders, tag text, PRIMARY KEY (order_id, tag));
  CREATE TABLE follows (one bigint REFERENCES "Customers", other bigint REFERENCES "Customers", PRIMARY KEY (one, other));
  CREATE TABLE tree (id serial PRIMARY KEY, parent int REFERENCES tree, root int NOT NULL DEFAULT 1);
  CREATE TABLE hen (id int PRIMARY KEY, egg int);
  CREATE TABLE egg (id int PRIMARY KEY, hen int NOT NULL REFERENCES hen);
  ALTER TABLE hen ADD FOREIGN KEY (egg) REFERENCES egg;
  CREATE TABLE booking (room int NOT NULL, during int4range NOT NULL, EXCLUDE USING gist (during WITH &&));
  CREATE TABLE slots (id int UNIQUE DEFERRABLE INITIALLY IMMEDIATE, at time NOT NULL);
  CREATE TABLE events (day date NOT NULL, kind text NOT NULL, body text) PARTITION BY RANGE (day);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
  CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
  CREATE TABLE only_id (id int GENERATED ALWAYS AS IDENTITY);
  CREATE TABLE never (id int NOT NULL CHECK (id <> id));
`

let database: TestDatabase
let made: Awaited<ReturnType<typeof generateRows>>
let tookMs = 0

beforeAll(async () => {
  database = await createTestDatabase()
  await database.session.execute(schema)
  const snapshot = await readCatalog(database.session)
  const started = performance.now()
  made = await generateRows(database.session, snapshot, options)
  tookMs = performance.now() - started
})
afterAll(() => database.drop())

async function one(sql: string): Promise<Record<string, unknown>> {
  const [row] = await database.session.query<Record<string, unknown>>(sql)
  return row ?? {}
}

describe('generated rows', () => {
  it('fill every table that can be filled, and name the one that cannot with the server’s reason', async () => {
    console.log(`${made.tables.length} tables in ${Math.round(tookMs)} ms`)
    expect(Object.fromEntries(made.tables.map(({ table, rows }) => [table, rows]))).toEqual({
      'public."Customers"': 200,
      'public.booking': 200,
      'public.egg': 200,
      'public.events': 200,
      'public.follows': 200,
      'public.hen': 200,
      'public.only_id': 200,
      'public.order_tags': 200,
      'public.orders': 200,
      'public.slots': 200,
      'public.tree': 200,
    })
    expect(made.unfilled).toEqual([
      { table: 'public.never', because: expect.stringContaining('violates check constraint') },
    ])
  })

  it('hold NULL, the empty string, extremes, long and foreign text, and duplicates', async () => {
    const facts = await one(`
      SELECT count(*) FILTER (WHERE email IS NULL)::int AS null_emails, count(*) FILTER (WHERE email = '')::int AS empty_emails,
             count(DISTINCT email)::int AS emails, count(email)::int AS filled_emails,
             count(*) FILTER (WHERE name = '')::int AS empty_names, max(length(name)) AS longest, count(DISTINCT name)::int AS names,
             bool_or(name LIKE '%漢字%') AS unicode, max(id)::text AS max_id, min(id)::text AS min_id,
             max(balance)::text AS max_balance, bool_or(born = 'infinity') AS infinite, bool_or(tags = '{}') AS empty_array,
             bool_or(tags = ARRAY[NULL::text]) AS null_item, bool_or(extra = 'null') AS json_null, bool_or(extra IS NULL) AS no_json,
             bool_or(isempty(span)) AS empty_range, count(DISTINCT mood)::int AS moods, min(share) AS low, max(share) AS high,
             bool_or(key = '') AS empty_bytes, count(*) FILTER (WHERE upper_name <> upper(name))::int AS wrong
        FROM "Customers"`)
    expect(facts).toMatchObject({
      empty_emails: 1,
      longest: 40,
      unicode: true,
      max_id: '9223372036854775807',
      min_id: '-9223372036854775808',
      max_balance: '999999.99',
      infinite: true,
      empty_array: true,
      null_item: true,
      json_null: true,
      no_json: true,
      empty_range: true,
      moods: 3,
      empty_bytes: true,
      wrong: 0,
    })
    expect(facts['emails']).toBe(facts['filled_emails'])
    expect(Number(facts['null_emails'])).toBeGreaterThan(5)
    expect(Number(facts['empty_names'])).toBeGreaterThan(0)
    expect(Number(facts['names'])).toBeLessThan(100)
    expect([facts['low'], facts['high']]).toEqual([expect.any(Number), expect.any(Number)])
  })

  it('keep foreign keys: some rows without a parent, parents with many children and parents with none', async () => {
    const facts = await one(`
      SELECT (SELECT count(*)::int FROM orders WHERE customer IS NULL) AS without,
             (SELECT max(n)::int FROM (SELECT count(*) AS n FROM orders GROUP BY owner) t) AS most,
             (SELECT count(*)::int FROM "Customers" c WHERE NOT EXISTS (SELECT FROM orders WHERE owner = c.id)) AS childless,
             (SELECT count(DISTINCT status)::int FROM orders) AS statuses,
             (SELECT count(*)::int FROM tree WHERE parent IS NOT NULL) AS in_tree,
             (SELECT count(*)::int FROM hen WHERE egg IS NOT NULL) AS hens,
             (SELECT count(*)::int FROM events_1) AS first_part, (SELECT count(*)::int FROM events_2) AS second_part`)
    expect(facts).toMatchObject({ statuses: 3 })
    const names = ['without', 'childless', 'in_tree', 'hens', 'first_part', 'second_part']
    expect(names.filter((name) => Number(facts[name]) < 5)).toEqual([])
    expect(Number(facts['most'])).toBeGreaterThan(4)
  })

  it('are the same for the same seed and others for another', async () => {
    const texts: string[] = []
    for (const seed of [1, 1, 2]) {
      const copy = await createTestDatabase()
      await copy.session.execute(schema)
      await generateRows(copy.session, await readCatalog(copy.session), {
        ...options,
        rowsPerTable: 60,
        seed,
      })
      const tables = [
        '"Customers"',
        'orders',
        'order_tags',
        'follows',
        'tree',
        'hen',
        'egg',
        'booking',
        'events',
      ]
      const sums = tables.map(
        (name) => `(SELECT md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) FROM ${name} t)`,
      )
      const [row] = await copy.session.query<{ text: string }>(
        `SELECT concat_ws(',', ${sums.join(', ')}) AS text`,
      )
      texts.push(row?.text ?? '')
      await copy.drop()
    }
    expect(texts[0]).toBe(texts[1])
    expect(texts[0]).not.toBe(texts[2])
  })

  it('hold what the SQL to come asks for, and mostly keep a foreign key that is yet to come', async () => {
    const copy = await createTestDatabase()
    await copy.session.execute(
      `CREATE TABLE parent (id text PRIMARY KEY); CREATE TABLE child (parent text NOT NULL, state text)`,
    )
    await generateRows(copy.session, await readCatalog(copy.session), {
      ...options,
      sqlToCome: [`UPDATE child SET state = 'closed' WHERE state = 'half open'`],
      softReferences: [
        {
          schema: 'public',
          name: 'child',
          columns: ['parent'],
          parent: { schema: 'public', name: 'parent' },
          parentColumns: ['id'],
        },
      ],
    })
    const [facts] = await copy.session.query<{ matching: number; orphans: number; asked: number }>(
      `SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM parent p WHERE p.id = c.parent))::int AS matching,
              count(*) FILTER (WHERE NOT EXISTS (SELECT FROM parent p WHERE p.id = c.parent))::int AS orphans,
              count(*) FILTER (WHERE state = 'half open')::int AS asked FROM child c`,
    )
    expect(facts?.matching).toBeGreaterThan(100)
    expect(facts?.orphans).toBeGreaterThan(10)
    expect(facts?.asked).toBeGreaterThan(5)
    await copy.drop()
  })
})

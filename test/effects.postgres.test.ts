/**
 * The lock model against a server: every statement is run in a transaction that is rolled back, and what the server did
 * is compared with what `effectOf` says.
 *
 * Compared: for each table, partitioned table, view and materialized view that was there before, the strongest lock from
 * ShareUpdateExclusive on, both ways; the same for an index that the model names. Heaps written anew; heaps read that
 * are not written anew and whose rows are not changed; every table of which the model says that rows change.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { catalogOf } from '../src/catalog/replay.ts'
import type { Catalog } from '../src/catalog/catalog.ts'
import { readCatalog } from '../src/database/read-catalog.ts'
import { walk } from '../src/effects/walk.ts'
import { mergeLocks } from '../src/effects/lock-set.ts'
import type { Effect, Lock } from '../src/model/effect.ts'
import { lockModes } from '../src/postgres/lock-mode.ts'
import { parseScript } from '../src/sql/parse-script.ts'
import { loadParser } from '../src/sql/parser.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from './support/database.ts'
import { measure, relationsOf, type Measurement, type Relation } from './support/measure-statement.ts'

const schema = `
CREATE SCHEMA away;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN checked_text AS text CHECK (VALUE <> '');
CREATE DOMAIN free_text AS text;
CREATE FUNCTION slow_default() RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 7; END';
CREATE TABLE customers (
  id bigint PRIMARY KEY, email varchar(100) NOT NULL UNIQUE, name text, note text, small int, proved int, unproved int,
  positive int, amount numeric(10,2), made timestamp(3), zoned timestamptz, day date, code char(3), bits varbit(8),
  words varchar(10)[], address cidr, mark xml, plain free_text, feeling mood, doc json,
  CONSTRAINT proved_not_null CHECK (proved IS NOT NULL AND proved > 0),
  CONSTRAINT positive_check CHECK (positive > 0));
ALTER TABLE customers ADD CONSTRAINT unproved_not_null CHECK (unproved IS NOT NULL) NOT VALID;
CREATE INDEX customers_name_idx ON customers (name);
CREATE INDEX customers_lower_note ON customers (lower(note));
CREATE UNIQUE INDEX customers_small_key ON customers (small);
CREATE UNIQUE INDEX customers_proved_key ON customers (proved);
CREATE INDEX customers_made_idx ON customers (made);
CREATE TABLE orders (
  id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  small int REFERENCES customers (small), total int, other_id bigint);
ALTER TABLE orders ADD CONSTRAINT orders_other_fkey FOREIGN KEY (other_id) REFERENCES customers (id) NOT VALID;
CREATE INDEX orders_customer ON orders (customer_id);
CREATE TABLE staff (id int PRIMARY KEY, boss_id int, CONSTRAINT staff_boss_fkey FOREIGN KEY (boss_id) REFERENCES staff (id));
CREATE TABLE lonely (id int, word text, "Mixed Case" int);
CREATE TABLE events (id int NOT NULL, at date NOT NULL, kind text, customer_id bigint) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE INDEX events_kind ON events (kind);
CREATE TABLE sorted (id int) PARTITION BY LIST (id);
CREATE TABLE sorted_1 PARTITION OF sorted FOR VALUES IN (1); CREATE TABLE sorted_rest PARTITION OF sorted DEFAULT;
INSERT INTO sorted SELECT i % 5 + 1 FROM generate_series(1, 100) i WHERE i % 5 <> 1; CREATE TABLE sorted_2 (id int);
INSERT INTO sorted_2 VALUES (77);
CREATE TABLE away.parent (id int PRIMARY KEY); CREATE TABLE away.child (id int REFERENCES away.parent);
CREATE TABLE free (a free_text); INSERT INTO free VALUES ('x');
CREATE TABLE events_3 (LIKE events INCLUDING ALL);
CREATE TABLE base (id int); CREATE TABLE heir () INHERITS (base);
CREATE VIEW names AS SELECT id, name FROM customers;
CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum(total) AS total FROM orders GROUP BY 1;
CREATE UNIQUE INDEX totals_key ON totals (customer_id);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE POLICY mine ON lonely USING (true);
CREATE SEQUENCE counter;
CREATE STATISTICS customers_stats ON name, note FROM customers;
INSERT INTO customers (id, email, name, note, small, proved, positive, unproved)
  SELECT i, 'e' || i, 'n' || i, 'x', i, i, i, i FROM generate_series(1, 500) i;
UPDATE customers SET made = now(), amount = id, bits = B'101', day = now(), code = 'abc';
INSERT INTO orders SELECT i, i, i, i, i FROM generate_series(1, 500) i;
REFRESH MATERIALIZED VIEW totals;
UPDATE orders SET total = total + 1;
INSERT INTO staff SELECT i, NULL FROM generate_series(1, 50) i;
INSERT INTO lonely SELECT i, 'w' || i, i FROM generate_series(1, 500) i;
INSERT INTO events SELECT i, '2020-01-01'::date + i, 'k' || i, i FROM generate_series(1, 500) i;
INSERT INTO events_3 SELECT i, '2022-02-02', 'k', i FROM generate_series(1, 50) i;
`

/** One statement each; its setting is the schema above, full of rows. */
const statements = `
CREATE TABLE fresh (id int PRIMARY KEY)
CREATE TABLE fresh (id int, customer_id bigint REFERENCES customers)
CREATE TABLE fresh (LIKE customers INCLUDING ALL)
CREATE TABLE fresh () INHERITS (base)
CREATE TABLE fresh PARTITION OF events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')
CREATE TABLE fresh AS SELECT * FROM lonely
CREATE TABLE IF NOT EXISTS lonely (id int)
DROP TABLE lonely
DROP TABLE orders CASCADE
DROP TABLE customers CASCADE
DROP TABLE events_1
DROP TABLE sorted_1
CREATE TABLE fresh PARTITION OF sorted FOR VALUES IN (99)
ALTER TABLE sorted ATTACH PARTITION sorted_2 FOR VALUES IN (77)
ALTER TABLE sorted DETACH PARTITION sorted_1
DROP TABLE IF EXISTS no_such_table
TRUNCATE lonely
TRUNCATE customers CASCADE
LOCK TABLE lonely IN SHARE ROW EXCLUSIVE MODE
LOCK TABLE events IN SHARE MODE
ALTER TABLE lonely RENAME TO alone
ALTER TABLE lonely RENAME COLUMN word TO phrase
ALTER TABLE events RENAME COLUMN kind TO sort
ALTER TABLE customers RENAME CONSTRAINT positive_check TO pc
ALTER TABLE lonely SET SCHEMA away
ALTER INDEX customers_name_idx RENAME TO cni
ALTER TABLE customers_name_idx RENAME TO cni
ALTER TABLE lonely ADD COLUMN a int
ALTER TABLE lonely ADD COLUMN IF NOT EXISTS word text
ALTER TABLE events ADD COLUMN a int
ALTER TABLE lonely ADD COLUMN a int DEFAULT 5
ALTER TABLE lonely ADD COLUMN a int NOT NULL DEFAULT 5
ALTER TABLE lonely ADD COLUMN a timestamptz DEFAULT now()
ALTER TABLE lonely ADD COLUMN a date DEFAULT current_date
ALTER TABLE lonely ADD COLUMN a text DEFAULT upper('x')
ALTER TABLE lonely ADD COLUMN a uuid DEFAULT gen_random_uuid()
ALTER TABLE lonely ADD COLUMN a double precision DEFAULT random()
ALTER TABLE lonely ADD COLUMN a timestamptz DEFAULT clock_timestamp()
ALTER TABLE lonely ADD COLUMN a int DEFAULT slow_default()
ALTER TABLE lonely ADD COLUMN a int DEFAULT nextval('counter')
ALTER TABLE lonely ADD COLUMN a serial
ALTER TABLE lonely ADD COLUMN a bigint GENERATED ALWAYS AS IDENTITY
ALTER TABLE lonely ADD COLUMN a int GENERATED ALWAYS AS (id * 2) STORED
ALTER TABLE events ADD COLUMN a uuid DEFAULT gen_random_uuid()
ALTER TABLE lonely ADD COLUMN a mood DEFAULT 'ok'
ALTER TABLE lonely ADD COLUMN a free_text
ALTER TABLE lonely ADD COLUMN a checked_text
ALTER TABLE lonely ADD COLUMN a checked_text DEFAULT 'x'
ALTER TABLE lonely ADD COLUMN a int CHECK (a > 0)
ALTER TABLE lonely ADD COLUMN a int UNIQUE
ALTER TABLE staff ADD COLUMN a bigint REFERENCES customers
ALTER TABLE staff ADD COLUMN a bigint DEFAULT 1 REFERENCES customers
ALTER TABLE lonely ADD COLUMN a int, ADD COLUMN b int
ALTER TABLE lonely DROP COLUMN word
ALTER TABLE orders DROP COLUMN customer_id CASCADE
ALTER TABLE orders DROP COLUMN small
ALTER TABLE customers DROP COLUMN small CASCADE
ALTER TABLE customers DROP COLUMN name CASCADE
ALTER TABLE events DROP COLUMN kind
ALTER TABLE lonely ALTER COLUMN word SET DEFAULT 'x'
ALTER TABLE events ALTER COLUMN kind DROP DEFAULT
ALTER TABLE lonely ALTER COLUMN word SET NOT NULL
ALTER TABLE customers ALTER COLUMN proved SET NOT NULL
ALTER TABLE customers ALTER COLUMN unproved SET NOT NULL
ALTER TABLE customers ALTER COLUMN positive SET NOT NULL
ALTER TABLE customers ALTER COLUMN email SET NOT NULL
ALTER TABLE events ALTER COLUMN kind SET NOT NULL
ALTER TABLE customers ALTER COLUMN proved SET NOT NULL, DROP CONSTRAINT proved_not_null
ALTER TABLE customers ALTER COLUMN email DROP NOT NULL
ALTER TABLE customers ALTER COLUMN email TYPE varchar(200)
ALTER TABLE customers ALTER COLUMN email TYPE text
ALTER TABLE customers ALTER COLUMN email TYPE varchar(50)
ALTER TABLE customers ALTER COLUMN note TYPE varchar
ALTER TABLE customers ALTER COLUMN note TYPE text USING note::text
ALTER TABLE customers ALTER COLUMN note TYPE text USING note || ''
ALTER TABLE customers ALTER COLUMN amount TYPE numeric(12,2)
ALTER TABLE customers ALTER COLUMN amount TYPE numeric(12,3)
ALTER TABLE customers ALTER COLUMN amount TYPE numeric
ALTER TABLE customers ALTER COLUMN made TYPE timestamp
ALTER TABLE customers ALTER COLUMN made TYPE timestamp(2)
ALTER TABLE customers ALTER COLUMN bits TYPE varbit
ALTER TABLE customers ALTER COLUMN code TYPE bpchar
ALTER TABLE customers ALTER COLUMN code TYPE varchar(3)
ALTER TABLE customers ALTER COLUMN words TYPE text[]
ALTER TABLE customers ALTER COLUMN words TYPE varchar(20)[]
ALTER TABLE customers ALTER COLUMN address TYPE inet
ALTER TABLE customers ALTER COLUMN mark TYPE text
ALTER TABLE customers ALTER COLUMN doc TYPE jsonb
ALTER TABLE customers ALTER COLUMN positive TYPE bigint
ALTER TABLE customers ALTER COLUMN feeling TYPE text
ALTER TABLE customers ALTER COLUMN email TYPE varchar(100) COLLATE "C"
ALTER TABLE lonely ALTER COLUMN id TYPE bigint
ALTER TABLE lonely ALTER COLUMN id TYPE oid
ALTER TABLE lonely ALTER COLUMN "Mixed Case" TYPE bigint USING "Mixed Case"::bigint
ALTER TABLE orders ALTER COLUMN other_id TYPE int
ALTER TABLE orders ALTER COLUMN small TYPE int
ALTER TABLE orders ALTER COLUMN small TYPE bigint
ALTER TABLE customers ALTER COLUMN small TYPE bigint
ALTER TABLE events ALTER COLUMN customer_id TYPE int
ALTER TABLE lonely ADD CONSTRAINT c CHECK (id > 0)
ALTER TABLE lonely ADD CONSTRAINT c CHECK (id > 0) NOT VALID
ALTER TABLE events ADD CONSTRAINT c CHECK (id > 0)
ALTER TABLE lonely ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES customers (small)
ALTER TABLE lonely ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES customers (small) NOT VALID
ALTER TABLE staff ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES staff
ALTER TABLE events ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers
ALTER TABLE lonely ADD CONSTRAINT u UNIQUE (id)
ALTER TABLE lonely ADD PRIMARY KEY (id)
ALTER TABLE lonely ADD CONSTRAINT e EXCLUDE (id WITH =)
ALTER TABLE customers ADD CONSTRAINT u UNIQUE USING INDEX customers_small_key
ALTER TABLE events ADD PRIMARY KEY (id, at)
ALTER TABLE events ADD PRIMARY KEY (customer_id, at)
ALTER TABLE events ADD UNIQUE (customer_id, at)
ALTER TABLE customers VALIDATE CONSTRAINT unproved_not_null
ALTER TABLE customers VALIDATE CONSTRAINT positive_check
ALTER TABLE orders VALIDATE CONSTRAINT orders_other_fkey
ALTER TABLE customers DROP CONSTRAINT positive_check
ALTER TABLE orders DROP CONSTRAINT orders_other_fkey
ALTER TABLE customers DROP CONSTRAINT customers_pkey CASCADE
ALTER TABLE customers DROP CONSTRAINT IF EXISTS no_such
ALTER TABLE lonely SET (fillfactor = 70)
ALTER TABLE lonely ALTER COLUMN word SET STATISTICS 5
ALTER TABLE lonely ALTER COLUMN word SET (n_distinct = 5)
ALTER TABLE lonely ALTER COLUMN word SET STORAGE EXTERNAL
ALTER TABLE lonely ENABLE ROW LEVEL SECURITY
ALTER TABLE lonely REPLICA IDENTITY FULL
ALTER TABLE lonely SET UNLOGGED
ALTER TABLE customers CLUSTER ON customers_pkey
ALTER TABLE orders DISABLE TRIGGER orders_touch
ALTER TABLE heir NO INHERIT base
ALTER TABLE lonely OWNER TO CURRENT_USER
ALTER TABLE events ATTACH PARTITION events_3 FOR VALUES FROM ('2022-01-01') TO ('2023-01-01')
ALTER TABLE events DETACH PARTITION events_1
CREATE INDEX ON lonely (id)
CREATE UNIQUE INDEX fresh ON lonely (id)
CREATE INDEX IF NOT EXISTS customers_name_idx ON customers (name)
CREATE INDEX fresh ON events (id)
CREATE INDEX fresh ON ONLY events (id)
DROP INDEX customers_name_idx
DROP INDEX events_kind
DROP INDEX IF EXISTS no_such_index
DROP INDEX customers_small_key CASCADE
REINDEX INDEX customers_name_idx
REINDEX TABLE lonely
CLUSTER customers USING customers_pkey
ANALYZE lonely
INSERT INTO lonely VALUES (1)
INSERT INTO lonely (id) SELECT id FROM customers
INSERT INTO orders VALUES (1000, 1)
UPDATE lonely SET word = 'x'
UPDATE customers SET note = 'x' WHERE id = 5
UPDATE lonely SET word = 'x' FROM staff WHERE staff.id = lonely.id
DELETE FROM lonely
DELETE FROM customers WHERE small > 400
DELETE FROM customers WHERE id = 7
SELECT count(*) FROM lonely
SELECT * FROM lonely FOR UPDATE
COPY lonely TO '/dev/null'
CREATE VIEW fresh AS SELECT * FROM lonely
CREATE OR REPLACE VIEW names AS SELECT id, name FROM customers WHERE id > 0
ALTER VIEW names RENAME TO labels
DROP VIEW names
REFRESH MATERIALIZED VIEW totals
REFRESH MATERIALIZED VIEW CONCURRENTLY totals
ALTER MATERIALIZED VIEW totals RENAME TO sums
DROP MATERIALIZED VIEW totals
CREATE MATERIALIZED VIEW fresh AS SELECT * FROM lonely
CREATE TRIGGER fresh BEFORE INSERT ON lonely FOR EACH ROW EXECUTE FUNCTION nothing()
CREATE TRIGGER fresh AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION nothing()
DROP TRIGGER orders_touch ON orders
ALTER TRIGGER orders_touch ON orders RENAME TO touch
CREATE RULE fresh AS ON INSERT TO lonely DO NOTHING
CREATE POLICY fresh ON lonely USING (true)
DROP POLICY mine ON lonely
CREATE STATISTICS fresh ON id, word FROM lonely
DROP STATISTICS customers_stats
GRANT SELECT ON lonely TO PUBLIC
COMMENT ON TABLE lonely IS 'x'
COMMENT ON COLUMN lonely.word IS 'x'
COMMENT ON INDEX customers_name_idx IS 'x'
COMMENT ON CONSTRAINT positive_check ON customers IS 'x'
CREATE SEQUENCE fresh OWNED BY lonely.id
ALTER SEQUENCE counter RESTART
CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS 'SELECT 1'
CREATE TYPE fresh AS ENUM ('a')
ALTER TYPE mood ADD VALUE 'great'
CREATE SCHEMA fresh
DROP SCHEMA away CASCADE
ALTER DOMAIN free_text ADD CONSTRAINT c CHECK (VALUE <> '')
ALTER DOMAIN free_text ADD CONSTRAINT c CHECK (VALUE <> '') NOT VALID
ALTER DOMAIN free_text SET DEFAULT 'x'
ALTER INDEX customers_name_idx SET (fillfactor = 70)
CREATE PUBLICATION fresh FOR TABLE lonely
SELECT 1
`
  .split('\n')
  .filter((line) => line !== '')

let database: TestDatabase
let catalog: Catalog
let before: readonly Relation[]

beforeAll(async () => {
  await loadParser()
  database = await createTestDatabase()
  await database.session.execute(schema)
  await database.session.execute('ANALYZE')
  catalog = catalogOf(await readCatalog(database.session))
  before = await relationsOf(database.session)
})

afterAll(() => database.drop())

const weakest = lockModes.indexOf('ShareUpdateExclusive')

/** `relation mode`, from ShareUpdateExclusive on. */
function strong(locks: readonly Lock[]): readonly string[] {
  return mergeLocks(locks)
    .filter(({ mode }) => lockModes.indexOf(mode) >= weakest)
    .map(({ relation, mode }) => `${relation} ${mode}`)
}

function predict(sql: string): Effect {
  const script = parseScript(sql, 'case.sql')
  expect(script.problems).toEqual([])
  const major = Math.floor(database.session.serverVersionNum / 10_000)
  const { judged } = walk(script.statements, {
    transaction: 'statement',
    catalog,
    serverVersion: { min: major, max: major },
  })
  const all = (list: 'rewrites' | 'scans' | 'builds' | 'changesRows' | 'unknowns') =>
    [...new Set(judged.flatMap(({ effect }) => effect[list]))].sort()
  return {
    locks: judged.flatMap(({ effect }) => effect.locks),
    rewrites: all('rewrites'),
    scans: all('scans'),
    builds: all('builds'),
    changesRows: all('changesRows'),
    unknowns: all('unknowns'),
  }
}

function lines(locks: readonly string[], rewrites: readonly string[], scans: readonly string[]): string {
  return [
    ...locks.map((one) => `locks ${one}`),
    ...rewrites.map((one) => `rewrites ${one}`),
    ...scans.map((one) => `scans ${one}`),
  ].join('; ')
}

/** In a session of its own: a session's counters go on from one transaction to the next. */
async function observe(sql: string): Promise<Measurement> {
  const session = await mustConnect(database.url)
  try {
    await session.execute('BEGIN')
    await session.execute(sql)
    return await measure(session, before)
  } finally {
    await session.close()
  }
}

describe('what effectOf says is what the server does', () => {
  it('covers as much as it claims', () => {
    expect(statements.length).toBeGreaterThan(150)
    expect(new Set(statements).size).toBe(statements.length)
  })

  it.each(statements)('%s', async (sql) => {
    const said = predict(sql)
    const seen = await observe(sql)
    const tables = new Set(before.filter(({ kind }) => 'rpvm'.includes(kind)).map(({ name }) => name))
    const named = new Set(said.locks.map(({ relation }) => relation))
    const comparable = seen.locks.filter(({ relation }) => tables.has(relation) || named.has(relation))
    const heaps = new Set(before.filter(({ kind }) => 'rm'.includes(kind)).map(({ name }) => name))
    // New and empty files are no work that grows with the table.
    const rewritten = sql.startsWith('TRUNCATE') ? [] : seen.rewritten.filter((name) => heaps.has(name))
    const apart = new Set([...said.rewrites, ...said.changesRows])
    const alone = (names: readonly string[]) => names.filter((name) => !apart.has(name))
    const effect = lines(strong(said.locks), said.rewrites, alone(said.scans))
    const truth = lines(strong(comparable), rewritten, alone(seen.scanned))
    expect(effect).toBe(truth)
    // Row locks change no row.
    const changes = sql.startsWith('SELECT') ? [] : said.changesRows
    expect(seen.changed).toEqual(expect.arrayContaining(changes))
  })
})

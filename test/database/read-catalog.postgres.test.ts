import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CatalogSnapshot } from '../../src/model/catalog.ts'
import { catalogSnapshot } from '../../src/model/catalog.ts'
import { describeTables, fingerprintOf } from '../../src/database/fingerprint.ts'
import { readCatalog } from '../../src/database/read-catalog.ts'
import { describeDatabase } from '../support/describe-database.ts'
import type { TestDatabase } from '../support/database.ts'
import { createTestDatabase, mustConnect } from '../support/database.ts'
import { dumpSchema } from '../support/pg-dump.ts'
import { createOwner } from '../support/role.ts'

const richSchema = readFileSync(join(import.meta.dirname, 'rich-schema.sql'), 'utf8')

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await database.session.execute(richSchema)
})
afterAll(() => database.drop())

/** The same work as `readCatalog` gives it, for people: one line a thing, in the reader's own order. */
function readable(snapshot: CatalogSnapshot): string {
  const lines = snapshot.tables.flatMap((table) => [
    `\n${table.kind} ${table.schema}.${table.name}`,
    ...(table.partitionOf === null
      ? []
      : [`  partition of ${table.partitionOf.schema}.${table.partitionOf.name}`]),
    ...table.triggers.map(({ name, events }) => `  trigger ${name} on ${events.join(', ')}`),
    ...table.columns.map((column) => `  column ${JSON.stringify(column)}`),
    ...table.constraints.map((constraint) => `  constraint ${JSON.stringify(constraint)}`),
    ...table.indexes.map((index) => `  index ${JSON.stringify(index)}`),
  ])
  const objects = snapshot.objects.map(({ kind, identity, definition }) =>
    `${kind} ${identity}: ${definition}`.trimEnd(),
  )
  return `${[...lines, '', ...objects].join('\n').trim()}\n`
}

/** Who owns `public` and what everybody may do there differs between 14 and 15; who we are differs by server. */
function withoutServer(text: string, user: string): string {
  return text
    .split('\n')
    .filter(
      (line) =>
        line !== '' && !line.startsWith('owner schema public') && !line.startsWith('privilege schema public'),
    )
    .map((line) =>
      line.startsWith('owner ') && line.endsWith(`: ${user}`) ? line.replace(`: ${user}`, ': OWNER') : line,
    )
    .join('\n')
}

describe('readCatalog', () => {
  it('reads a rich schema, the same text on every release', async () => {
    const snapshot = await readCatalog(database.session)
    const [me] = await database.session.query<{ name: string }>('SELECT current_user::text AS name')
    const text = withoutServer(readable(snapshot), me?.name ?? '')
    await expect(`${text}\n`).toMatchFileSnapshot('golden/rich-schema.txt')
  })

  it('gives what the schema of snapshots demands', async () => {
    const snapshot = await readCatalog(database.session)
    expect(catalogSnapshot.parse(snapshot)).toEqual(snapshot)
    expect(snapshot).toMatchObject({ origin: 'database', complete: true, searchPath: ['public'] })
    expect(snapshot.serverMajor).toBe(Math.floor(database.session.serverVersionNum / 10_000))
  })

  it('gives the same whatever the search path, and puts it back', async () => {
    const plain = await readCatalog(database.session)
    await database.session.execute('SET search_path TO app, "Mixed Case"')
    const other = await readCatalog(database.session)
    const [path] = await database.session.query<{ search_path: string }>('SHOW search_path')
    await database.session.execute('RESET search_path')
    expect(path?.search_path).toBe('app, "Mixed Case"')
    expect(other).toEqual({ ...plain, searchPath: ['app', 'Mixed Case'] })
  })

  it('says how large tables are when it is asked, and null of what nobody has counted', async () => {
    const sized = await createTestDatabase()
    try {
      await sized.session.execute(`
        CREATE TABLE empty (id int PRIMARY KEY, note text) WITH (autovacuum_enabled = false);
        CREATE TABLE counted (LIKE empty INCLUDING ALL) WITH (autovacuum_enabled = false);
        CREATE TABLE grown (LIKE empty INCLUDING ALL) WITH (autovacuum_enabled = false);
        CREATE TABLE uncounted (LIKE empty) WITH (autovacuum_enabled = false);
        CREATE TABLE was_empty (LIKE empty) WITH (autovacuum_enabled = false);
        CREATE TABLE parted (id int) PARTITION BY RANGE (id);
        CREATE VIEW looked AS SELECT * FROM empty;
        INSERT INTO counted SELECT n, repeat('x', 100) FROM generate_series(1, 3000) n;
        INSERT INTO grown SELECT n, repeat('x', 100) FROM generate_series(1, 1000) n;
        ANALYZE empty, counted, grown, was_empty;
        INSERT INTO grown SELECT n, repeat('x', 100) FROM generate_series(1001, 3000) n;
        INSERT INTO uncounted VALUES (1, 'a');
        INSERT INTO was_empty VALUES (1, 'a')`)
      const { tables } = await readCatalog(sized.session, { sizes: true })
      const rows = Object.fromEntries(tables.map(({ name, estimatedRows }) => [name, estimatedRows]))
      expect(rows).toMatchObject({
        counted: 3000,
        empty: 0,
        looked: null,
        parted: null,
        uncounted: null,
        was_empty: null,
      })
      expect(rows['grown']).toBeGreaterThan(2500)
      expect(rows['grown']).toBeLessThan(3500)
      const sizeOf = (name: string) => {
        const { tableBytes, indexBytes } = tables.find((table) => table.name === name) ?? {}
        return { tableBytes, indexBytes }
      }
      const [said] = await sized.session.query(
        `SELECT pg_table_size('counted')::float8 AS "tableBytes", pg_indexes_size('counted')::float8 AS "indexBytes"`,
      )
      expect(sizeOf('counted')).toEqual(said)
      expect(sizeOf('looked')).toEqual({ tableBytes: null, indexBytes: null })
      const unasked = await readCatalog(sized.session)
      expect(unasked.tables.map(({ tableBytes }) => tableBytes)).toEqual(tables.map(() => null))
    } finally {
      await sized.drop()
    }
  })

  it('reads only the schemas that are asked for', async () => {
    const some = await readCatalog(database.session, { schemas: ['Mixed Case'] })
    expect(some.complete).toBe(false)
    expect(some.tables.map((table) => table.name)).toEqual(['Orders'])
    expect(some.objects.every(({ identity }) => identity.includes('"Mixed Case"'))).toBe(true)
  })

  it('reads the same as an ordinary role, which owns nothing of it', async () => {
    const role = await createOwner(database)
    const session = await mustConnect(role.url)
    try {
      const [me] = await session.query<{ super: boolean }>(
        'SELECT rolsuper AS super FROM pg_roles WHERE rolname = current_user',
      )
      expect(me?.super).toBe(false)
      expect(await readCatalog(session)).toEqual(await readCatalog(database.session))
    } finally {
      await session.close()
      await role.drop()
    }
  })

  it('works inside a transaction, and inside one that has failed says why', async () => {
    const { session } = database
    await session.execute('BEGIN; CREATE TABLE app.uncommitted (a int)')
    const inside = await readCatalog(session)
    await expect(session.execute('SELECT 1/0')).rejects.toMatchObject({ sqlstate: '22012' })
    await expect(readCatalog(session)).rejects.toMatchObject({ sqlstate: '25P02' })
    await session.execute('ROLLBACK')
    expect(inside.tables.some((table) => table.name === 'uncommitted')).toBe(true)
    const [path] = await session.query<{ search_path: string }>('SHOW search_path')
    expect(path?.search_path).toBe('"$user", public')
  })

  it('does not take a NOT VALID not-null, which 18 has, for proof', async () => {
    const { session } = database
    const change =
      'BEGIN; CREATE TABLE app.maybe (a int, b int); ALTER TABLE app.maybe ADD CONSTRAINT n NOT NULL a NOT VALID, ALTER b SET NOT NULL'
    const read = session.execute(change).then(
      async () => (await readCatalog(session)).tables.find((table) => table.name === 'maybe'),
      (error: unknown) => error,
    )
    const seen = await read
    await session.execute('ROLLBACK')
    const open = { name: 'n', kind: 'not-null', columns: ['a'], definition: 'NOT NULL a', validated: false }
    const onlyProved = { columns: [{ notNull: false }, { notNull: true }], constraints: [open] }
    expect(seen).toMatchObject(session.serverVersionNum < 180_000 ? { sqlstate: '42601' } : onlyProved)
  })

  it('reads a thousand tables in a few seconds', async () => {
    const many = await createTestDatabase()
    await many.session.execute(
      `DO $$ BEGIN FOR i IN 1..1000 LOOP
         EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY, a text NOT NULL, b int CHECK (b > 0)); CREATE INDEX ON t%s (a)', i, i);
       END LOOP; END $$`,
    )
    const started = performance.now()
    const snapshot = await readCatalog(many.session)
    expect(snapshot.tables).toHaveLength(1000)
    expect(performance.now() - started).toBeLessThan(10_000)
    await many.drop()
  })
})

describe('fingerprint', () => {
  const base =
    'CREATE TABLE t (id bigint PRIMARY KEY, a text NOT NULL, b integer DEFAULT 1); CREATE INDEX t_a ON t (a);'

  async function fingerprintAfter(sql: string): Promise<string> {
    const { session } = database
    await session.execute(`BEGIN; CREATE SCHEMA fp; SET LOCAL search_path TO fp; ${sql}`)
    try {
      return fingerprintOf(await readCatalog(session, { schemas: ['fp'] }), ['fp.t'])
    } finally {
      await session.execute('ROLLBACK')
    }
  }

  it('ignores the order of columns, rows, comments, and other tables', async () => {
    const expected = await fingerprintAfter(base)
    const otherOrder =
      'CREATE TABLE t (b integer DEFAULT 1, gone int, a text NOT NULL, id bigint); ALTER TABLE t DROP gone, ADD PRIMARY KEY (id); CREATE INDEX t_a ON t (a);'
    expect(await fingerprintAfter(otherOrder)).toBe(expected)
    expect(
      await fingerprintAfter(
        `${base} INSERT INTO t VALUES (1, 'x'); COMMENT ON TABLE t IS 'x'; CREATE TABLE u (a int)`,
      ),
    ).toBe(expected)
  })

  it.each([
    ['a changed default', 'ALTER TABLE t ALTER b SET DEFAULT 2'],
    ['a type', 'ALTER TABLE t ALTER b TYPE bigint'],
    ['nullability', 'ALTER TABLE t ALTER a DROP NOT NULL'],
    ['a constraint', 'ALTER TABLE t ADD CONSTRAINT c CHECK (b > 0)'],
    ['an index', 'CREATE INDEX t_b ON t (b)'],
    ['an invalid index', `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_a'::regclass`],
    [
      'a trigger',
      'CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    ],
    ['its absence', 'DROP TABLE t'],
  ])('sees %s', async (_, change) => {
    expect(await fingerprintAfter(`${base} ${change}`)).not.toBe(await fingerprintAfter(base))
  })

  it('sees whether a constraint is validated', async () => {
    const valid = await fingerprintAfter(`${base} ALTER TABLE t ADD CONSTRAINT c CHECK (b > 0)`)
    expect(await fingerprintAfter(`${base} ALTER TABLE t ADD CONSTRAINT c CHECK (b > 0) NOT VALID`)).not.toBe(
      valid,
    )
  })

  it('describes in sorted lines that a person can compare', async () => {
    const { session } = database
    const lines = describeTables(await readCatalog(session), ['"Mixed Case"."Orders"', 'app.nowhere'])
    expect([...lines].sort()).toEqual(lines)
    expect(lines).toContain('app.nowhere does not exist')
    expect(lines).toContain('"Mixed Case"."Orders" is a table')
    expect(lines).toContain(`"Mixed Case"."Orders" column "customerId" bigint`)
    expect(lines.some((line) => line.includes(' policy own on "Mixed Case"."Orders" restrictive'))).toBe(true)
  })
})

describe('the independent witnesses', () => {
  const ask = (sql: string): Promise<readonly object[]> => database.session.query(sql)

  it('see the same twice', async () => {
    const before = await describeDatabase(ask)
    expect(before.length).toBeGreaterThan(150)
    expect(await describeDatabase(ask)).toEqual(before)
  })

  it.each([
    'ALTER TABLE app.customers ALTER balance SET DEFAULT 1',
    'ALTER TABLE app.customers VALIDATE CONSTRAINT name_present',
    'DROP INDEX app.customers_tags',
    'GRANT INSERT ON app.base TO PUBLIC',
    `COMMENT ON COLUMN app.base.a IS 'x'`,
    `ALTER TYPE app.mood RENAME VALUE 'sad' TO 'blue'`,
    'ALTER SEQUENCE app.loose INCREMENT 7',
    'ALTER TABLE app.customers ENABLE TRIGGER touch_off',
    'ALTER TABLE app.base SET (fillfactor = 50)',
    'DROP POLICY own ON "Mixed Case"."Orders"',
    'ALTER TABLE app.base REPLICA IDENTITY NOTHING',
    'ALTER TABLE app.events DETACH PARTITION app.events_rest',
    'ALTER DOMAIN app.email DROP NOT NULL',
    'ALTER TABLE app.scratch SET LOGGED',
  ])('and the reader see %s', async (change) => {
    const { session } = database
    const before = await describeDatabase(ask)
    const known = await readCatalog(session)
    await session.execute(`BEGIN; ${change}`)
    try {
      expect(await describeDatabase(ask)).not.toEqual(before)
      expect(await readCatalog(session)).not.toEqual(known)
    } finally {
      await session.execute('ROLLBACK')
    }
  })

  it('leave out the order of columns when told to', async () => {
    const lines = await describeDatabase(ask, { columnOrder: false })
    expect(lines.some((line) => line.startsWith('position: '))).toBe(false)
    expect((await describeDatabase(ask)).some((line) => line.startsWith('position: '))).toBe(true)
  })

  it('dump the schema where a pg_dump of the release is installed, and say which', async () => {
    const dump = await dumpSchema(database.session, database.url)
    console.log(dump === null ? 'no pg_dump of this release is installed here' : `heard ${dump.by}`)
    if (dump === null) return
    expect(dump.text).toContain('CREATE TABLE app.customers')
    expect(dump.text).not.toContain('lockstep.journal')
    expect((await dumpSchema(database.session, database.url))?.text).toBe(dump.text)
  })
})

/** `migrate lint` with a database behind it, and with the file that `migrate catalog` makes of one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCatalogFile, writeCatalogFile } from '../../src/catalog/catalog-file.ts'
import { lintReport, type LintReport } from '../../src/model/finding.ts'
import type { TestDatabase } from '../support/database.ts'
import { createOwner } from '../support/role.ts'
import { during, openShop, type Shop } from './shop.ts'

let shop: Shop
let database: TestDatabase

beforeAll(async () => {
  shop = await openShop({ proof: false })
  database = await shop.database()
  await database.session.execute('ANALYZE')
})
afterAll(async () => {
  await database.drop()
  await shop.close()
})

function reportOf(stdout: string): LintReport {
  return lintReport.parse(JSON.parse(stdout))
}

const json = ['--format', 'json'] as const

describe('migrate lint --database-url', () => {
  it('lints what is pending there, against what is really there', async () => {
    const applied = await shop.database()
    try {
      await shop.migrate(['apply', shop.path, '--unproved', '--through-gates'], applied.url)
      shop.write({ 'migrations/004_more.sql': 'ALTER TABLE orders ALTER customer_id SET NOT NULL;\n' })
      const ended = await shop.migrate(['lint', ...json, '--database-url', applied.url])
      expect(ended.stderr).toBe('')
      const report = reportOf(ended.stdout)
      expect(report.files.map(({ path }) => path)).toEqual(['migrations/004_more.sql'])
      expect(report.files[0]?.statements[0]?.stalls).toBe(null)
    } finally {
      shop.write({ 'migrations/004_more.sql': '' })
      await applied.drop()
    }
  })

  it('says so where nothing is pending', async () => {
    const applied = await shop.database()
    try {
      await shop.migrate(['apply', shop.path, '--unproved', '--through-gates'], applied.url)
      const ended = await shop.migrate(['lint', 'migrations/002_orders.sql', '--database-url', applied.url])
      expect(ended).toEqual({
        code: 0,
        stdout: '0 errors, 0 warnings in 0 statements of 0 files\n',
        stderr: 'nothing to lint: every migration that was named is applied\n',
      })
    } finally {
      await applied.drop()
    }
  })

  it('does not lint against tables that a plan has half changed', async () => {
    const half = await shop.database()
    try {
      const applied = await shop.migrate(['apply', shop.path, '--unproved'], half.url)
      expect(applied.code).toBe(0)
      const ended = await shop.migrate(['lint', '--database-url', half.url])
      expect(ended).toMatchObject({ code: 2, stdout: '' })
      expect(ended.stderr).toContain('error another-plan-open: Plan shop is open on this database')
    } finally {
      await half.drop()
    }
  })

  it('takes the environment for the database with the bare flag only', async () => {
    const blind = await shop.migrate(
      ['lint', ...json, 'migrations/003_legacy.sql'],
      'postgres://nobody@127.0.0.1:1/x',
    )
    expect(blind).toMatchObject({ stderr: '' })
    const args = ['lint', 'migrations/003_legacy.sql', ...json, '--database-url']
    const dead = await shop.migrate(args, 'postgres://nobody@127.0.0.1:1/x')
    expect(dead).toMatchObject({ code: 2, stdout: '' })
    expect(dead.stderr).toContain('error connection-refused: ')
    expect(reportOf((await shop.migrate(args, database.url)).stdout).files).toHaveLength(1)
    expect((await shop.migrate(args)).stderr).toContain('error no-database: ')
  })

  it('says which right is missing', async () => {
    const role = await createOwner(database)
    await database.session.execute(
      'CREATE TABLE schema_migration (version text PRIMARY KEY, version_self int); REVOKE ALL ON schema_migration FROM PUBLIC',
    )
    try {
      const ended = await shop.migrate(['lint', '--database-url', role.url])
      expect(ended).toMatchObject({ code: 2, stdout: '' })
      expect(ended.stderr).toContain('cannot be read: permission denied for table schema_migration')
      expect(ended.stderr).toContain('SELECT on its tables')
    } finally {
      await database.session.execute('DROP TABLE schema_migration')
      await role.drop()
    }
  })

  it('gives up behind a lock that is held on a table', async () => {
    const ended = await during(database.url, 'LOCK TABLE orders', () =>
      shop.migrate(['lint', '--database-url', database.url]),
    )
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain('Another session holds ACCESS EXCLUSIVE')
  })

  it('takes the pending files for one release: what the first makes, nobody uses before the last', async () => {
    shop.write({
      'release/001_invoices.sql': 'CREATE TABLE invoices (id bigint PRIMARY KEY, order_id bigint);\n',
      'release/002_index.sql': 'CREATE INDEX invoices_order ON invoices (order_id);\n',
    })
    const rules = (stdout: string) =>
      reportOf(stdout).files.flatMap(({ findings }) => findings.map(({ rule }) => rule))
    const blind = await shop.migrate(['lint', 'release', ...json])
    const seeing = await shop.migrate(['lint', 'release', ...json, '--database-url', database.url])
    expect(rules(blind.stdout)).toContain('create-index-blocking')
    expect(rules(seeing.stdout)).toEqual([])
    expect(reportOf(seeing.stdout).files).toHaveLength(2)
  })

  it('says how large the tables are, how long it lasts, and what nobody has counted', async () => {
    shop.write({
      'limit.json':
        '{ "smallTableRows": 1000, "rates": { "scan": { "rowsPerSecond": 100, "bytesPerSecond": 1e9 } } }',
    })
    const linted = async (url: string) => {
      const ended = await shop.migrate([
        'lint',
        'migrations/002_orders.sql',
        '-c',
        'limit.json',
        '--database-url',
        url,
      ])
      expect(ended.stderr).toBe('')
      return ended.stdout
    }
    const counted = await linted(database.url)
    expect(counted).toContain('info create-index-blocking: public.customers has about 100 rows: Building')
    expect(counted).toContain('error add-foreign-key-validating: ')
    expect(counted).toContain('up to about 50 s for 100 rows (16 kB) of public.customers and 5000 rows (')
    const uncounted = await shop.database()
    try {
      // Else autovacuum may have counted them by now.
      await uncounted.session.execute(`ALTER TABLE customers SET (autovacuum_enabled = false);
        UPDATE pg_class SET reltuples = -1 WHERE oid = 'customers'::regclass`)
      expect(await linted(uncounted.url)).toContain(
        'nobody can say for how long, so it is taken for long: the rows of public.customers have not been counted',
      )
    } finally {
      await uncounted.drop()
    }
  })

  it('cries out about nothing that the catalogs show to be harmless', async () => {
    const known = await shop.database()
    try {
      await known.session.execute(`
        ALTER TABLE orders ADD CONSTRAINT has_state CHECK (state IS NOT NULL) NOT VALID;
        UPDATE orders SET state = 'new'; ALTER TABLE orders VALIDATE CONSTRAINT has_state;
        CREATE TABLE codes (code varchar(10), pair int REFERENCES customers); CREATE UNIQUE INDEX codes_pair ON codes (pair);
        INSERT INTO codes SELECT id, id FROM customers; ANALYZE`)
      const harmless = {
        'proved by a check': 'ALTER TABLE orders ALTER state SET NOT NULL',
        'NOT NULL already': 'ALTER TABLE orders ALTER customer_id SET NOT NULL',
        'a longer varchar': 'ALTER TABLE codes ALTER code TYPE varchar(20)',
        'binary-coercible': 'ALTER TABLE codes ALTER code TYPE text',
        'one row by a unique key': 'DELETE FROM codes WHERE pair = 3',
      }
      const statements = Object.values(harmless)
      shop.write({ 'known/001_all.sql': `SET lock_timeout = '100ms';\n${statements.join(';\n')};\n` })
      const stalls = async (...args: readonly string[]) => {
        const { stdout } = await shop.migrate(['lint', 'known', '-c', 'autocommit.json', ...json, ...args])
        return reportOf(stdout)
          .files[0]?.statements.slice(1)
          .map((one) => one.stalls)
      }
      shop.write({ 'autocommit.json': '{ "transaction": "statement" }' })
      expect(await stalls('--database-url', known.url)).toEqual(statements.map(() => null))
      expect(await stalls()).toEqual(['reads', 'reads', 'reads', 'reads', 'rows'])
    } finally {
      await known.drop()
    }
  })

  it('knows no more than one way to its context', async () => {
    const ended = await shop.migrate(['lint', '--database-url', database.url, '--catalog', 'catalog.json'])
    expect(ended).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('migrate catalog', () => {
  it('writes what makes lint say the same without the database', async () => {
    const written = await shop.migrate(['catalog', '--out', 'lockstep/catalog.json'], database.url)
    expect(written).toEqual({
      code: 0,
      stdout: `lockstep/catalog.json: 2 relations of PostgreSQL ${shop.major}\n`,
      stderr: '',
    })
    const there = await shop.migrate(['lint', ...json, '--database-url', database.url])
    const here = await shop.migrate(['lint', ...json, '--catalog', 'lockstep/catalog.json'])
    expect(reportOf(here.stdout).files.length).toBeGreaterThan(1)
    expect(here).toEqual(there)
  })

  it('writes the same bytes again, a line for each table, and reads them back', async () => {
    const one = await shop.migrate(['catalog'], database.url)
    const other = await shop.migrate(['catalog', '--database-url', database.url])
    expect(other).toEqual(one)
    const read = readCatalogFile(one.stdout, 'catalog.json')
    if (!read.ok) throw new Error(read.problems.map(({ message }) => message).join('\n'))
    expect(writeCatalogFile(read.value)).toBe(one.stdout)
    const tables = one.stdout.split('\n').filter((line) => line.includes('"kind":"table"'))
    expect(tables).toHaveLength(2)
    expect(read.value.catalog.tables.map(({ name, estimatedRows }) => [name, estimatedRows])).toEqual([
      ['customers', 100],
      ['orders', 5000],
    ])
  })

  it('keeps hosts, roles and comments to itself', async () => {
    const open = await shop.database()
    try {
      await open.session.execute(`
        CREATE FOREIGN DATA WRAPPER far;
        CREATE SERVER elsewhere FOREIGN DATA WRAPPER far OPTIONS (host 'secret.example.org');
        CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (password 'hunter2');
        CREATE FOREIGN TABLE remote (id int OPTIONS (x 'hidden_option')) SERVER elsewhere OPTIONS (path '/secret/path');
        COMMENT ON TABLE orders IS 'a secret remark';
        GRANT SELECT ON orders TO pg_monitor`)
      const { stdout } = await shop.migrate(['catalog'], open.url)
      expect(stdout).toContain('"name":"remote"')
      for (const secret of [
        'secret',
        'hunter2',
        'hidden_option',
        'pg_monitor',
        '@example.org',
        database.name,
      ]) {
        expect(stdout).not.toContain(secret)
      }
    } finally {
      await open.drop()
    }
  })

  it.each([
    { what: 'no JSON', text: '{ "formatVersion": 1,', says: 'catalog-not-json' },
    { what: 'another format', text: '{\n  "formatVersion": 2\n}', says: 'broken.json:2:20' },
    {
      what: 'something else',
      text: '{ "formatVersion": 1, "applied": [1], "catalog": {} }',
      says: 'broken.json:1:35',
    },
  ])('is refused with the place where it is $what', async ({ text, says }) => {
    shop.write({ 'broken.json': text })
    const ended = await shop.migrate(['lint', '--catalog', 'broken.json'])
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain(says)
    expect(ended.stderr).toContain('migrate catalog')
  })

  it('exits 2 on a server that is not there', async () => {
    const ended = await shop.migrate(['catalog'], 'postgres://nobody@127.0.0.1:1/x')
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain('error connection-refused: ')
  })
})

/** `migrate trace` on the test's own server: migrations of which each shows one thing, and a plan. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { trace as traceSchema, type Trace } from '../../src/model/trace.ts'
import { runMigrate, type Ended } from './run-migrate.ts'
import { openShop } from './shop.ts'

const migrations = {
  '20240101000000_shop.up.sql': `CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, total int, state text);
`,
  '20240102000000_note.up.sql': `ALTER TABLE orders ADD COLUMN note text;
CREATE INDEX orders_state ON orders (state);
UPDATE orders SET note = '';
`,
  '20240103000000_total.up.sql': 'ALTER TABLE orders ALTER COLUMN total TYPE bigint;\n',
  '20240104000000_customer.up.sql': `ALTER TABLE orders
  ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id);
`,
  '20240105000000_email.autocommit.up.sql': `CREATE INDEX CONCURRENTLY customers_email ON customers (email);
`,
  '20240106000000_again.up.sql': `COMMENT ON TABLE orders IS 'what customers want';
ALTER TABLE orders ADD COLUMN total bigint;
DROP TABLE orders;
`,
  '20240107000000_state.up.sql': 'DROP INDEX orders_state;\n',
}

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-trace-'))
  mkdirSync(join(folder, 'migrations'))
  for (const [name, text] of Object.entries(migrations)) writeFileSync(join(folder, 'migrations', name), text)
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function trace(args: readonly string[], cwd: string): Promise<Ended> {
  return runMigrate(['trace', ...args, '--rows', '300', '--shadow-url', inject('serverUrl')], { cwd })
}

/** Time, bytes of WAL and the server's version are of the moment. */
function masked(text: string): string {
  return text
    .replaceAll(/ +[\d.]+ (?:ms|s) +[\d.]+ [kM]?B(?= {2})/g, (figures) =>
      'TIME      WAL'.padStart(figures.length),
    )
    .replace(/PostgreSQL [\d.]+/, 'PostgreSQL VERSION')
}

function traceIn(ended: Ended): Trace {
  return traceSchema.parse(JSON.parse(ended.stdout))
}

describe('migrate trace', () => {
  it('shows what each statement held and did, up to the one that fails', async () => {
    const ended = await trace(['migrations'], folder)
    expect(ended.code).toBe(1)
    expect(ended.stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
    await expect(masked(ended.stdout)).toMatchFileSnapshot('../golden/trace-shop.txt')
  })

  it('says all of it as data, and ends in 0 where the model agrees', async () => {
    const named = ['20240102000000_note.up.sql', '20240105000000_email.autocommit.up.sql']
    const ended = await trace([...named.map((name) => `migrations/${name}`), '--format', 'json'], folder)
    expect(ended.code).toBe(0)
    const { parts, summary } = traceIn(ended)
    expect(summary).toEqual({ statements: 4, disagreements: 0, failures: 0 })
    const [build] = parts.flatMap(({ statements }) => statements).slice(1)
    expect(build).toMatchObject({
      text: 'CREATE INDEX orders_state ON orders (state)',
      how: 'exact',
      locks: [{ relation: 'public.orders', mode: 'AccessExclusive', carried: true }],
      builds: ['public.orders'],
      waits: 'reads',
    })
    expect(build?.walBytes).toBeGreaterThan(0)
  })

  it('refuses what it cannot read as plan does', async () => {
    const none = await trace(['nowhere'], folder)
    expect(none).toMatchObject({ code: 2, stdout: '' })
    expect(none.stderr).toContain('error path-not-found: There is no nowhere')
    const all = await trace(['migrations', '--through', '20240107000000'], folder)
    expect(all).toMatchObject({ code: 2, stdout: '' })
    expect(all.stderr).toContain('error nothing-pending')
    const both = await trace(['plans/p.json', '--through', '1'], folder)
    expect(both).toMatchObject({ code: 2, stdout: '' })
    expect(both.stderr).toContain('error plan-says-it')
  })
})

describe('migrate trace PLAN', () => {
  it('holds each step against the locks that it declares', async () => {
    const shop = await openShop({ proof: false })
    try {
      const ended = await trace([shop.path, '--format', 'json'], shop.folder)
      expect(ended.code).toBe(0)
      const { parts, summary, notRun } = traceIn(ended)
      expect(notRun).toEqual([])
      expect(summary).toMatchObject({ disagreements: 0, failures: 0 })
      expect(parts.map(({ name }) => name)).toEqual([
        'stage 1 expand',
        'stage 1 backfill',
        'stage 1 contract',
      ])
      const steps = parts.flatMap(({ statements }) => statements)
      const batches = steps.find(({ rowsChanged }) => rowsChanged.length > 0)
      expect(batches).toMatchObject({ waits: 'rows', how: 'exact' })
      const drop = steps.find(({ text }) => text.includes('legacy') && text.startsWith('Drop column'))
      expect(drop?.locks).toContainEqual({
        relation: 'public.orders',
        mode: 'AccessExclusive',
        carried: false,
      })
    } finally {
      await shop.close()
    }
  })
})

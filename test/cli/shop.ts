/** A folder of migrations with a plan of every phase, and databases on which nothing of it has been applied yet. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inject } from 'vitest'
import type { Plan } from '../../src/model/plan.ts'
import { readPlan } from '../../src/plan/plan-file.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { runMigrate, startMigrate, type Ended, type RunningMigrate } from './run-migrate.ts'

export const base = `CREATE TABLE customers (id bigint PRIMARY KEY, email text);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, state text, legacy text);
CREATE INDEX orders_legacy ON orders (legacy);
`

const migration = `ALTER TABLE orders ADD COLUMN note text;
UPDATE orders SET state = 'new' WHERE state IS NULL;
CREATE UNIQUE INDEX customers_email ON customers (email);
ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customers (id);
`

const contraction = `ALTER TABLE orders DROP COLUMN legacy;
`

const rows = `INSERT INTO customers SELECT i, i || '@example.org' FROM generate_series(1, 100) i;
INSERT INTO orders SELECT i, i % 100 + 1, NULL, 'x' FROM generate_series(1, 5000) i;`

export interface Shop {
  readonly folder: string
  /** The plan file, relative to the folder. */
  readonly path: string
  readonly plan: Plan
  readonly major: number
  /** The base schema with rows in it. */
  database(): Promise<TestDatabase>
  write(files: Readonly<Record<string, string>>): void
  migrate(args: readonly string[], url?: string, env?: Readonly<Record<string, string>>): Promise<Ended>
  start(args: readonly string[], url: string): RunningMigrate
  close(): Promise<void>
}

/** `proof`: on the test's own server, which is faster than starting one. */
export async function openShop({ proof }: { readonly proof: boolean }): Promise<Shop> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-shop-'))
  writeIn(folder, {
    'migrations/001_shop.sql': base,
    'migrations/002_orders.sql': migration,
    'migrations/003_legacy.sql': contraction,
  })
  const path = 'plans/shop.json'
  const { template, major } = await createTemplate()
  const proving = proof ? ['--shadow-url', inject('serverUrl')] : ['--no-proof']
  const asked = ['--through', '001', '--id', 'shop', '--server-version', String(major)]
  const made = await runMigrate(['plan', 'migrations', ...asked, ...proving], { cwd: folder })
  if (made.code !== 0) throw new Error(made.stderr)
  const read = readPlan(readFileSync(join(folder, path), 'utf8'), path)
  if (!read.ok) throw new Error(`${path} cannot be read`)
  const environment = (url: string | undefined, env: Readonly<Record<string, string>> = {}) => ({
    cwd: folder,
    env: url === undefined ? env : { ...env, DATABASE_URL: url },
  })
  return {
    folder,
    path,
    plan: read.value,
    major,
    database: () => createTestDatabase(template.name),
    write: (files) => writeIn(folder, files),
    migrate: (args, url, env) => runMigrate(args, environment(url, env)),
    start: (args, url) => startMigrate(args, environment(url)),
    close: async () => {
      await template.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function createTemplate(): Promise<{ readonly template: TestDatabase; readonly major: number }> {
  const template = await createTestDatabase()
  const major = Math.floor(template.session.serverVersionNum / 10_000)
  await template.session.execute(base + rows)
  // Nobody may be connected to what is copied.
  await template.session.close()
  return { template, major }
}

function writeIn(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** Another user's transaction, which ends when `work` does. */
export async function during<T>(url: string, sql: string, work: (pid: number) => Promise<T>): Promise<T> {
  const session = await mustConnect(url, 'shop web')
  try {
    await session.execute(`BEGIN; ${sql}`)
    return await work(session.pid)
  } finally {
    await session.close()
  }
}

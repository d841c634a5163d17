/** A table under its new name and a view under the old one: who may do what through the view, and what a view cannot. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Session } from '../../src/database/session.ts'
import { applyPlan } from '../../src/execute/apply.ts'
import { rollbackPlan } from '../../src/execute/rollback.ts'
import { loadParser } from '../../src/sql/parser.ts'
import { planOnServer } from '../support/plan-scenario.ts'
import { createTestDatabase, mustConnect, type TestDatabase } from '../support/database.ts'
import { createOwner, type TestRole } from '../support/role.ts'
import { majorOf, must, options, outcomeOf } from './run-fixture.ts'

const securityInvokerSince = 15

let database: TestDatabase
/** Owns the table, and applies the plan. */
let owner: TestRole
/** The application: may do what it is granted. */
let application: TestRole
let app: Session

beforeAll(loadParser)

beforeEach(async () => {
  database = await createTestDatabase()
  application = await createOwner(database)
  owner = await createOwner(database)
  await asOwner(`
    CREATE TABLE orders (id bigint PRIMARY KEY, code text UNIQUE, total integer NOT NULL DEFAULT 0, secret text);
    INSERT INTO orders SELECT n, 'c' || n, n, 's' || n FROM generate_series(1, 20) AS n;
    GRANT SELECT, INSERT, DELETE ON orders TO "${application.name}";
    GRANT UPDATE (code, total) ON orders TO "${application.name}";
    ALTER DEFAULT PRIVILEGES GRANT TRUNCATE, UPDATE ON TABLES TO "${application.name}"`)
  app = await mustConnect(application.url, 'an application')
})

afterEach(async () => {
  await app.close()
  await database.drop()
})

async function asOwner(sql: string): Promise<void> {
  const session = await mustConnect(owner.url, 'the owner')
  try {
    await session.execute(sql)
  } finally {
    await session.close()
  }
}

async function refusal(sql: string): Promise<string> {
  try {
    await app.execute(sql)
    return 'done'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('a renamed table', () => {
  it('is written to through its old name by whoever might before, and by nobody else', async () => {
    const plan = must(await planOnServer(database.session, 'ALTER TABLE orders RENAME TO purchases;'))
    // A superuser applies it: the view is the owner's all the same.
    const run = options({ through: 'first-gate' })
    expect(must(await applyPlan(plan, database.url, run)).status).toBe('at-gate')
    await app.execute(`
      INSERT INTO orders (id, code) VALUES (100, 'new') RETURNING total;
      INSERT INTO orders (id, code) VALUES (1, 'twice') ON CONFLICT (id) DO UPDATE SET code = excluded.code;
      UPDATE orders SET total = 7 WHERE id = 2;
      DELETE FROM orders WHERE id = 3`)
    const rows = await app.query(
      `SELECT id::int, code, total FROM orders WHERE id IN (1, 2, 3, 100) ORDER BY id`,
    )
    expect(rows).toEqual([
      { id: 1, code: 'twice', total: 1 },
      { id: 2, code: 'c2', total: 7 },
      { id: 100, code: 'new', total: 0 },
    ])
    expect(await refusal(`UPDATE orders SET secret = ''`)).toBe('permission denied for view orders')
    // Not from the default privileges, and not from the table.
    expect(await refusal(`TRUNCATE orders`)).toBe('"orders" is not a table')
    const [view] = await database.session.query(
      `SELECT pg_get_userbyid(relowner)::text AS owner,
              has_table_privilege($1, oid, 'UPDATE') AS update, has_table_privilege($1, oid, 'TRUNCATE') AS truncate
         FROM pg_class WHERE relname = 'orders'`,
      [application.name],
    )
    expect(view).toEqual({ owner: owner.name, update: false, truncate: false })
    expect(must(await applyPlan(plan, database.url, options())).status).toBe('done')
    expect(await refusal('SELECT 1 FROM orders')).toBe('relation "orders" does not exist')
    await app.execute('UPDATE purchases SET total = 8 WHERE id = 2')
  })

  it('goes back under its old name with all that was written under either', async () => {
    const plan = must(await planOnServer(database.session, 'ALTER TABLE orders RENAME TO purchases;'))
    must(await applyPlan(plan, owner.url, options({ through: 'first-gate' })))
    await app.execute(
      `UPDATE orders SET total = 1000 WHERE id = 1; UPDATE purchases SET total = 1000 WHERE id = 2`,
    )
    expect(must(await rollbackPlan(plan, owner.url, { ...options(), loseData: false })).status).toBe('done')
    const [{ total } = { total: 0 }] = await app.query<{ total: number }>(
      'SELECT sum(total)::int AS total FROM orders WHERE id < 3',
    )
    expect(total).toBe(2000)
    expect(await refusal(`UPDATE orders SET secret = ''`)).toBe('permission denied for table orders')
  })

  it('shows through its old name what its policies show, or stays where a view could not', async () => {
    await asOwner(`
      ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
      CREATE POLICY small ON orders TO "${application.name}" USING (total < 5)`)
    const plan = must(await planOnServer(database.session, 'ALTER TABLE orders RENAME TO purchases;'))
    const report = must(await applyPlan(plan, owner.url, options({ through: 'first-gate' })))
    const isRefused = majorOf(database.session) < securityInvokerSince
    expect(report.status).toBe(isRefused ? 'failed' : 'at-gate')
    const [{ rows } = { rows: 0 }] = await app.query<{ rows: number }>(
      'SELECT count(*)::int AS rows FROM orders',
    )
    expect(rows).toBe(4)
  })

  it('is found as what it is when the runner is called again, whatever stands under the old name', async () => {
    const plan = must(await planOnServer(database.session, 'ALTER TABLE orders RENAME TO purchases;'))
    await asOwner('ALTER TABLE orders RENAME TO elsewhere; CREATE VIEW orders AS SELECT * FROM elsewhere')
    const report = must(await applyPlan(plan, owner.url, options({ through: 'first-gate' })))
    expect(report.status).toBe('failed')
    expect(JSON.stringify(outcomeOf(report, 'move-orders-to-purchases'))).toContain('public.orders is a view')
  })
})

describe('a table in another schema', () => {
  it('is found by its old name, and takes its own sequence along', async () => {
    await asOwner(`CREATE SCHEMA archive; ALTER TABLE orders ADD COLUMN number serial`)
    const plan = must(await planOnServer(database.session, 'ALTER TABLE orders SET SCHEMA archive;'))
    must(await applyPlan(plan, owner.url, options({ through: 'first-gate' })))
    await asOwner(`GRANT USAGE ON SEQUENCE archive.orders_number_seq TO "${application.name}"`)
    // Without a right on the new schema: the view does not look names up.
    await app.execute(`INSERT INTO orders (id) VALUES (200)`)
    const [row] = await app.query('SELECT number FROM orders WHERE id = 200')
    expect(row).toEqual({ number: 21 })
    expect(must(await applyPlan(plan, owner.url, options())).status).toBe('done')
  })
})

/** What `apply`, `rollback` and `status` will not do: each message says what, where, and what to do, and never a password. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writePlan } from '../../src/plan/plan-file.ts'
import { withDigest } from '../../src/plan/digest.ts'
import { databaseUrl, type TestDatabase } from '../support/database.ts'
import { createOwner, type TestRole } from '../support/role.ts'
import type { Ended } from './run-migrate.ts'
import { openShop, type Shop } from './shop.ts'

let shop: Shop
let database: TestDatabase
/** Belongs to a role that is no superuser and owns no table in it. */
let owned: TestDatabase
let role: TestRole
const plan = 'plans/shop.json'

beforeAll(async () => {
  shop = await openShop({ proof: false })
  database = await shop.database()
  owned = await shop.database()
  role = await createOwner(owned)
})
afterAll(async () => {
  await role.drop()
  await owned.drop()
  await database.drop()
  await shop.close()
})

function apply(path: string, url: string = database.url): Promise<Ended> {
  return shop.migrate(['apply', path, '--unproved'], url)
}

/** Another text than the one that `migrate plan` wrote. */
function writeAltered(name: string, alter: (text: string) => string): string {
  shop.write({ [name]: alter(readFileSync(join(shop.folder, plan), 'utf8')) })
  return name
}

describe('a plan that is not as it should be', () => {
  it.each([
    {
      what: 'tampered with',
      alter: (text: string) => text.replace('5000', '9999'),
      says: 'digest does not match',
    },
    {
      what: 'of another format',
      alter: (text: string) => text.replace('"formatVersion": 1', '"formatVersion": 2'),
      says: 'altered.json is not a plan of format 1',
    },
    { what: 'not JSON', alter: (text: string) => text.slice(0, 200), says: 'altered.json is not JSON' },
    {
      what: 'of another shape',
      alter: (text: string) => text.replace('"stallBudgetMs": 200', '"stallBudgetMs": "200"'),
      says: 'altered.json:',
    },
  ])('is misuse when it is $what', async ({ alter, says }) => {
    const ended = await apply(writeAltered('altered.json', alter))
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain(says)
    expect(ended.stderr).toContain('migrate plan')
  })

  it('is misuse when there is none', async () => {
    expect((await apply('plans/none.json')).stderr).toContain('There is no plan plans/none.json')
    const folder = await apply('plans')
    expect(folder.code).toBe(2)
    expect(folder.stderr).toContain('plans cannot be read')
  })

  it('is refused when nobody has proved it', async () => {
    const ended = await shop.migrate(['apply', plan], database.url)
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toContain('No shadow has proved plan shop')
    expect(ended.stderr).toContain(`migrate prove ${plan} --record`)
  })

  it('is refused by a server of another major', async () => {
    const major = shop.major === 14 ? 15 : 14
    const server = { ...shop.plan.server, major }
    shop.write({ 'other.json': writePlan(withDigest({ ...shop.plan, server })) })
    const ended = await apply('other.json')
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toContain(`is for PostgreSQL ${major}; this server is ${shop.major}`)
  })
})

describe('a database that cannot be had', () => {
  it.each(['apply', 'rollback', 'status'])('is misuse of %s when none is named', async (command) => {
    const ended = await shop.migrate(command === 'status' ? [command] : [command, plan, ...unproved(command)])
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain('No database is named')
    expect(ended.stderr).toContain('DATABASE_URL')
  })

  function unproved(command: string): readonly string[] {
    return command === 'apply' ? ['--unproved'] : []
  }

  it('is trouble when nothing listens, the password is wrong, or there is no such database', async () => {
    const wrong = new URL(role.url)
    wrong.password = 'hunter2'
    const [refused, rejected, unknown, malformed] = await Promise.all([
      apply(plan, 'postgres://somebody:hunter2@127.0.0.1:1/shop'),
      apply(plan, wrong.href),
      apply(plan, databaseUrl('no_such_database')),
      apply(plan, 'mysql://somebody:hunter2@localhost/shop'),
    ])
    expect(refused.stderr).toContain('Nothing listens at 127.0.0.1:1/shop.')
    expect(rejected.stderr).toContain(`does not take the password of user ${role.name}.`)
    expect(unknown.stderr).toContain('There is no database no_such_database at ')
    expect(malformed.stderr).toContain('it begins with mysql:')
    for (const ended of [refused, rejected, unknown, malformed]) {
      expect(ended).toMatchObject({ code: 2, stdout: '' })
      expect(ended.stderr).toMatch(/\n {2}→ \S/)
      expect(ended.stderr).not.toContain('hunter2')
    }
  })

  it('takes what the URL leaves out from the PG* variables', async () => {
    const url = new URL(role.url)
    const env = {
      PGHOST: url.hostname,
      PGPORT: url.port,
      PGUSER: role.name,
      PGPASSWORD: url.password,
      PGDATABASE: owned.name,
    }
    const whole = await shop.migrate(['status'], undefined, env)
    expect(whole).toEqual({ code: 0, stdout: 'No plan has been applied to this database.\n', stderr: '' })
    url.password = ''
    expect((await shop.migrate(['status'], url.href, { PGPASSWORD: env.PGPASSWORD })).code).toBe(0)
  })
})

describe('a role that may not', () => {
  it('is told that the journal needs CREATE on the database', async () => {
    const { session } = owned
    await session.execute(`ALTER DATABASE "${owned.name}" OWNER TO CURRENT_USER`)
    const ended = await apply(plan, role.url)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain('The journal cannot be created in schema lockstep: permission denied')
    expect(ended.stderr).toContain('GRANT CREATE ON DATABASE')
    await session.execute(`ALTER DATABASE "${owned.name}" OWNER TO "${role.name}"`)
  })

  it('is told to own the table', async () => {
    const ended = await apply(plan, role.url)
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('must be owner of table orders (SQLSTATE 42501)')
    expect(ended.stdout).toContain('must own it or be a member of the role that does')
  })
})

describe('sources that have changed', () => {
  it('are refused before the first step, and a warning after it', async () => {
    const fresh = await shop.database()
    try {
      const source = readFileSync(join(shop.folder, 'migrations/002_orders.sql'), 'utf8')
      shop.write({ 'migrations/002_orders.sql': `${source}-- later\n` })
      const before = await apply(plan, fresh.url)
      expect(before).toMatchObject({ code: 1, stdout: '' })
      expect(before.stderr).toContain(
        'Sources have changed since plan shop was made: migrations/002_orders.sql',
      )

      shop.write({ 'migrations/002_orders.sql': source })
      expect((await shop.migrate(['apply', plan, '--unproved', '--phase', 'expand'], fresh.url)).code).toBe(0)
      shop.write({ 'migrations/002_orders.sql': `${source}-- later\n` })
      const after = await apply(plan, fresh.url)
      expect(after.code).toBe(0)
      expect(after.stderr).toMatch(/warning: Sources have changed .*migrations\/002_orders\.sql/)
      shop.write({ 'migrations/002_orders.sql': source })

      const unknown = await shop.migrate(['apply', plan, '--unproved', '--confirm', 'gate-9'], fresh.url)
      expect(unknown).toMatchObject({ code: 2, stdout: '' })
      expect(unknown.stderr).toContain('Its gates: gate-1.')

      shop.write({ 'second.json': writePlan(withDigest({ ...shop.plan, id: 'second' })) })
      const second = await apply('second.json', fresh.url)
      expect(second).toMatchObject({ code: 1, stdout: '' })
      expect(second.stderr).toContain('Plan shop, begun by ')
    } finally {
      await fresh.drop()
    }
  })
})

describe('the command line', () => {
  it.each([
    { args: ['apply', plan, '--phase', 'later'], says: 'Allowed choices are expand, backfill, contract' },
    { args: ['apply', plan, '--max-wait', 'long'], says: 'It takes a number above 0' },
    { args: ['apply', plan, '--phase', 'expand', '--confirm', 'gate-1'], says: 'cannot be used with' },
    { args: ['apply'], says: "missing required argument 'plan'" },
    { args: ['rollback', plan, '--force'], says: "unknown option '--force'" },
  ])('exits 2 on $args', async ({ args, says }) => {
    const ended = await shop.migrate(args, database.url)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain(says)
  })
})

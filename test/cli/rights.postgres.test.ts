/** The rights that docs/running.md grants are enough for each command, and no more than is said there is granted. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auditTrail } from '../../src/model/audit.ts'
import { databaseUrl, mustConnect, type TestDatabase } from '../support/database.ts'
import { openShop, type Shop } from './shop.ts'

const suffix = randomBytes(4).toString('hex')
const password = randomBytes(12).toString('hex')
const names = ['lockstep_reader', 'lockstep_runner', 'app_owner'] as const

let shop: Shop
let database: TestDatabase

/** The page's blocks of SQL. */
const [reader = '', runner = '', watching = ''] = readFileSync('docs/running.md', 'utf8')
  .split('```sql\n')
  .slice(1)
  .map((rest) => rest.slice(0, rest.indexOf('```')))

/** The same with the roles and the database of this test. */
function mine(sql: string): string {
  const named = names.reduce((text, name) => text.replaceAll(name, `${name}_${suffix}`), sql)
  return named.replace('ON DATABASE app TO', `ON DATABASE "${database.name}" TO`)
}

function urlOf(role: (typeof names)[number]): string {
  return databaseUrl(database.name, { user: `${role}_${suffix}`, password })
}

beforeAll(async () => {
  shop = await openShop({ proof: true })
  database = await shop.database()
  const { session } = database
  await session.execute(`CREATE ROLE app_owner_${suffix} NOLOGIN`)
  for (const table of ['customers', 'orders']) {
    await session.execute(`ALTER TABLE ${table} OWNER TO app_owner_${suffix}`)
  }
  await session.execute(`GRANT CREATE, USAGE ON SCHEMA public TO app_owner_${suffix}`)
  await session.execute(mine(runner))
  await session.execute(`ALTER ROLE lockstep_runner_${suffix} PASSWORD '${password}'`)
})

afterAll(async () => {
  await database.drop()
  await shop.close()
  const session = await mustConnect(databaseUrl('postgres'))
  for (const name of names) await session.execute(`DROP ROLE IF EXISTS ${name}_${suffix}`)
  await session.close()
})

const plan = 'plans/shop.json'

describe('the rights of docs/running.md', () => {
  it('are enough to apply a plan, which then belongs to whom its tables belong', async () => {
    const applied = await shop.migrate(['apply', plan], urlOf('lockstep_runner'))
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('at gate gate-1') })
    const [owner] = await database.session.query<{ owner: string }>(
      `SELECT nspowner::regrole::text AS owner FROM pg_namespace WHERE nspname = 'lockstep'`,
    )
    expect(owner?.owner).toBe(`app_owner_${suffix}`)
    const { stdout } = await shop.migrate(['audit', '--format', 'json'], urlOf('lockstep_runner'))
    expect(auditTrail.parse(JSON.parse(stdout))[0]).toMatchObject({
      sessionUser: `lockstep_runner_${suffix}`,
      role: `app_owner_${suffix}`,
    })
  })

  it('are enough to read, and to change nothing', async () => {
    await database.session.execute(mine(reader))
    await database.session.execute(`ALTER ROLE lockstep_reader_${suffix} PASSWORD '${password}'`)
    const url = urlOf('lockstep_reader')
    for (const [command, code] of [
      ['status', 0],
      ['audit', 0],
      // It stands at a gate: what is behind it is not there yet, and nothing else can be planned meanwhile.
      [`verify ${plan}`, 1],
      ['plan migrations --no-proof --format sql', 2],
    ] as const) {
      const { stderr, ...ended } = await shop.migrate(command.split(' '), url)
      expect({ command, code: ended.code }).toEqual({ command, code })
      expect(stderr).not.toContain('permission')
    }
    const refused = await shop.migrate(['rollback', plan], url)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('permission denied')
  })

  it('are enough to end who is in the way, where that is granted', async () => {
    await database.session.execute(mine(watching))
    const blocker = await mustConnect(urlOf('lockstep_reader'), 'reader')
    await blocker.execute('BEGIN; SELECT count(*) FROM orders')
    const goOn = ['--confirm', 'gate-1', '--terminate-blockers', 'older-than=500ms']
    const ran = await shop.migrate(['apply', plan, ...goOn], urlOf('lockstep_runner'))
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('done: plan shop is applied') })
    expect(ran.stderr).toContain(`ended pid ${blocker.pid} (`)
    expect(ran.stderr).toContain('SELECT count(*) FROM orders')
    await blocker.close()
    for (const command of [`verify ${plan}`, 'catalog', 'lint migrations --database-url']) {
      const { code } = await shop.migrate(command.split(' '), urlOf('lockstep_reader'))
      expect({ command, code }).toEqual({ command, code: 0 })
    }
    const undone = await shop.migrate(['rollback', plan, '--lose-data'], urlOf('lockstep_runner'))
    expect(undone.stderr).not.toContain('permission')
  })
})

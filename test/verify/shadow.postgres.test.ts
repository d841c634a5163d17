import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { runSources } from '../../src/verify/run-sources.ts'
import type { ShadowServer } from '../../src/verify/shadow.ts'
import { inDatabase, openShadow } from '../../src/verify/shadow.ts'
import type { TestDatabase } from '../support/database.ts'
import { createTestDatabase, mustConnect } from '../support/database.ts'

let database: TestDatabase
let shadow: ShadowServer

beforeAll(async () => {
  database = await createTestDatabase()
  const opened = await openShadow({ shadowUrl: inject('serverUrl'), targetUrl: database.url, major: 15 })
  if (!opened.ok) throw new Error(opened.problems[0]?.message)
  shadow = opened.value
})
afterAll(async () => {
  await shadow.close()
  await database.drop()
})

describe('a shadow server', () => {
  it('is refused when it is the target, however the URL spells it', async () => {
    const respelled = new URL(database.url)
    respelled.searchParams.set('sslmode', 'disable')
    respelled.hostname = respelled.hostname === 'localhost' ? '127.0.0.1' : 'localhost'
    for (const targetUrl of [database.url, respelled.href]) {
      const opened = await openShadow({ shadowUrl: database.url, targetUrl, major: 15 })
      expect(opened).toMatchObject({ ok: false, problems: [{ code: 'shadow-is-target' }] })
    }
  })

  it('runs SQL as a role that owns its database and has no rights beyond, and leaves nothing behind', async () => {
    const opened = await shadow.openWorkbench()
    if (!opened.ok) throw new Error(opened.problems[0]?.message)
    const workbench = opened.value
    const first = await workbench.create('one')
    const facts = await inDatabase(first.url, async (session) => {
      await session.execute(`CREATE TABLE t (id int); INSERT INTO t VALUES (1)`)
      const [row] = await session.query<{ superuser: boolean; owns: boolean; role: string }>(
        `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls AS superuser, rolname::text AS role,
                (SELECT datdba = r.oid FROM pg_database WHERE datname = current_database()) AS owns
           FROM pg_roles r WHERE rolname = current_user`,
      )
      return row
    })
    expect(facts).toMatchObject({ superuser: false, owns: true })
    const copy = await workbench.create('two', first)
    await expect(
      inDatabase(copy.url, async (session) => session.query(`SELECT pg_read_file('postgresql.conf') FROM t`)),
    ).rejects.toThrow('permission denied')
    await workbench.dispose()
    const session = await mustConnect(inject('serverUrl'))
    const left = await session.query(
      `SELECT datname AS name FROM pg_database WHERE datname = ANY ($1)
        UNION ALL SELECT rolname FROM pg_roles WHERE rolname = $2`,
      [[first.name, copy.name], facts?.role ?? ''],
    )
    await session.close()
    expect(left).toEqual([])
  })
})

describe('runSources', () => {
  const source = (
    text: string,
    statements: readonly string[],
    transaction: 'file' | 'statement' | 'message' | 'unless-refused' = 'file',
  ) => ({
    path: 'migrations/2_b.up.sql',
    text,
    statements,
    transaction,
  })

  it('says file, line and column of what fails, and takes back the whole file', async () => {
    const text = `CREATE TABLE kept_not (id int);\n\n-- 漢字 🙂\nSELECT '🙂', missing FROM kept_not;\n`
    const failure = await runSources(database.session, [
      source(text, ['CREATE TABLE kept_not (id int)', `SELECT '🙂', missing FROM kept_not`]),
    ])
    expect(failure?.message).toBe('migrations/2_b.up.sql:4:14: column "missing" does not exist')
    expect(await database.session.query(`SELECT to_regclass('kept_not') AS t`)).toEqual([{ t: null }])
  })

  it('keeps what came before in autocommit, and lets a file’s own COMMIT decide', async () => {
    const statements = ['CREATE TABLE kept (id int)', 'CREATE TABLE kept (id int)']
    const failure = await runSources(database.session, [
      source(statements.join(';\n'), statements, 'statement'),
    ])
    expect(failure?.message).toBe('migrations/2_b.up.sql:2:1: relation "kept" already exists')
    expect(await database.session.query(`SELECT count(*)::int AS n FROM kept`)).toEqual([{ n: 0 }])
    const own = ['BEGIN', 'CREATE TABLE own (id int)', 'COMMIT', 'SELECT 1 / 0']
    expect((await runSources(database.session, [source(own.join('; '), own)]))?.message).toContain(
      'division by zero',
    )
    expect(await database.session.query(`SELECT count(*)::int AS n FROM own`)).toEqual([{ n: 0 }])
  })

  it('runs CREATE INDEX CONCURRENTLY where the runner would', async () => {
    await database.session.execute('CREATE TABLE built (id int)')
    const text = 'CREATE INDEX CONCURRENTLY built_id ON built (id)'
    expect(await runSources(database.session, [source(text, [text], 'statement')])).toBeNull()
    expect((await runSources(database.session, [source(text, [text])]))?.message).toContain(
      'cannot run inside a transaction block',
    )
  })

  it('asks the server where the runner looks what may run in a transaction', async () => {
    await database.session.execute('CREATE TABLE asked (id int)')
    const two = ['CREATE INDEX CONCURRENTLY a1 ON asked (id)', 'CREATE INDEX CONCURRENTLY a2 ON asked (id)']
    const text = two.join(';\n')
    expect((await runSources(database.session, [source(text, two, 'message')]))?.message).toContain(
      'cannot run inside a transaction block',
    )
    expect(await runSources(database.session, [source(text, two, 'unless-refused')])).toBeNull()
    const [first = ''] = two
    const again = first.replace('a1', 'a3')
    expect(await runSources(database.session, [source(again, [again], 'message')])).toBeNull()
    const broken = ['INSERT INTO asked VALUES (1)', 'SELECT 1 / 0']
    expect(
      (await runSources(database.session, [source(broken.join(';'), broken, 'unless-refused')]))?.message,
    ).toContain('division by zero')
    expect(await database.session.query('SELECT count(*)::int AS n FROM asked')).toEqual([{ n: 0 }])
  })
})

import net from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Problem } from '../../src/model/problem.ts'
import { connect } from '../../src/database/session.ts'
import type { TestDatabase } from '../support/database.ts'
import { createTestDatabase } from '../support/database.ts'

let database: TestDatabase
let where: string
beforeAll(async () => {
  database = await createTestDatabase()
  where = new URL(database.url).host
})
afterAll(() => database.drop())

/** A database URL of the run's server with some parts changed. */
function changed(change: (url: URL) => void): string {
  const url = new URL(inject('serverUrl'))
  url.pathname = '/postgres'
  change(url)
  return url.href
}

async function problemOf(url: string): Promise<Pick<Problem, 'code' | 'message' | 'hint'>> {
  const connected = await connect(url, { applicationName: 'lockstep tests', connectTimeoutMs: 1000 })
  if (connected.ok) {
    await connected.value.close()
    throw new Error('it connected')
  }
  expect(connected.problems).toHaveLength(1)
  const [problem] = connected.problems
  if (problem === undefined) throw new Error('no problem')
  const { code, message, hint } = problem
  return { code, message, hint }
}

/** A port on which something listens that is no PostgreSQL. */
async function impostor(answer: (socket: net.Socket) => void): Promise<{ port: number; close(): void }> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    answer(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return { port: address.port, close: () => server.close() }
}

describe('a URL that is of no use', () => {
  const form = 'Write it as postgres://USER:PASSWORD@HOST:5432/DATABASE, special characters percent-encoded.'
  it.each([
    ['', 'it is empty', form],
    ['localhost:5432/app', 'it begins with localhost:', form],
    ['mysql://localhost/app', 'it begins with mysql:', form],
    ['postgres://me:se/cret@host:x/app', 'it cannot be parsed', form],
    ['postgres://me:50%@host/app', 'it holds a % that begins no percent-encoded character', form],
    [
      'postgres://a:1,b:2/app',
      'it names several hosts',
      'Name the primary alone: a migration runs on one server.',
    ],
    ['postgres://a/app?port=0', 'the port is not 1 to 65535', form],
    [
      'postgres://a/app?sslmode=maybe',
      'sslmode=maybe is unknown',
      'Known are disable, false, allow, prefer, require, true, no-verify, verify-ca, verify-full.',
    ],
  ])('%s', async (url, what, hint) => {
    const message = `The database URL is of no use: ${what}.`
    expect(await problemOf(url)).toEqual({ code: 'database-url-malformed', message, hint })
  })
})

describe('a server that cannot be reached', () => {
  it('nothing listens', async () => {
    const gone = await impostor(() => undefined)
    gone.close()
    expect(await problemOf(`postgres://me:secret@127.0.0.1:${gone.port}/app`)).toEqual({
      code: 'connection-refused',
      message: `Nothing listens at 127.0.0.1:${gone.port}/app.`,
      hint: 'Start the server, or check host and port.',
    })
  })

  it('no such socket', async () => {
    expect(await problemOf('postgres:///app?host=/nowhere')).toMatchObject({
      code: 'connection-refused',
      message: 'Nothing listens at /nowhere:5432/app.',
    })
  })

  it('unknown host', async () => {
    const problem = await problemOf('postgres://me:secret@no-such-host.invalid/app')
    expect(problem.code).toBe('host-unknown')
    expect(problem.message).toMatch(/^The host name of no-such-host\.invalid:5432\/app /)
  })

  it('silence', async () => {
    const silent = await impostor(() => undefined)
    expect(await problemOf(`postgres://me:secret@127.0.0.1:${silent.port}/app`)).toEqual({
      code: 'connection-timeout',
      message: `No answer from 127.0.0.1:${silent.port}/app in time.`,
      hint: 'Check the firewall and that the server is not overloaded; connect_timeout=SECONDS in the URL waits longer.',
    })
    expect((await problemOf(`postgres://127.0.0.1:${silent.port}/app?sslmode=disable`)).code).toBe(
      'connection-timeout',
    )
    silent.close()
  })

  it('something else answers', async () => {
    const web = await impostor((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect(await problemOf(`postgres://me:secret@127.0.0.1:${web.port}/app`)).toEqual({
      code: 'not-postgresql',
      message: `What answers at 127.0.0.1:${web.port}/app does not speak PostgreSQL's protocol.`,
      hint: 'Check the port.',
    })
    web.close()
  })

  it('hangs up', async () => {
    const rude = await impostor((socket) => socket.once('data', () => socket.end()))
    for (const mode of ['disable', 'prefer']) {
      expect(await problemOf(`postgres://127.0.0.1:${rude.port}/app?sslmode=${mode}`)).toEqual({
        code: 'connection-closed',
        message: `127.0.0.1:${rude.port}/app closed the connection before it was ready.`,
        hint: 'See the log of the server or of the proxy in front of it.',
      })
    }
    rude.close()
  })

  it('no TLS where it is demanded', async () => {
    const plain = await impostor((socket) => socket.once('data', () => socket.write('N')))
    expect(await problemOf(`postgres://127.0.0.1:${plain.port}/app?sslmode=require`)).toEqual({
      code: 'tls-unavailable',
      message: `127.0.0.1:${plain.port}/app offers no TLS, which sslmode=require demands.`,
      hint: 'Turn on ssl at the server, or say sslmode=disable where the network is trusted.',
    })
    plain.close()
  })
})

describe('a server that refuses', () => {
  it('the password', async () => {
    const problem = await problemOf(changed((url) => (url.password = 'not-the-password')))
    expect(problem).toEqual({
      code: 'password-rejected',
      message: `${where}/postgres does not take the password of user ${new URL(database.url).username}.`,
      hint: 'Check user and password in the URL; special characters must be percent-encoded.',
    })
    expect(JSON.stringify(problem)).not.toContain('not-the-password')
  })

  it('no password', async () => {
    expect((await problemOf(changed((url) => (url.password = '')))).code).toBe('password-missing')
  })

  it('the database', async () => {
    expect(await problemOf(changed((url) => (url.pathname = '/no%20such%20one')))).toEqual({
      code: 'database-unknown',
      message: `There is no database no such one at ${where}/no such one.`,
      hint: 'Create it, or check the name at the end of the URL.',
    })
  })

  it('a setting in the URL', async () => {
    expect(await problemOf(changed((url) => url.searchParams.set('schema', 'app')))).toEqual({
      code: 'connection-failed',
      message: `${where}/postgres gave no session: unrecognized configuration parameter "schema".`,
      hint: 'Check the database URL and the log of the server.',
    })
  })
})

describe('a session that comes about', () => {
  it('has our settings, and those of the URL', async () => {
    const url = changed((one) => one.searchParams.set('options', '-c search_path=app'))
    const connected = await connect(url, { applicationName: 'lockstep/run-1' })
    if (!connected.ok) throw new Error(connected.problems[0]?.message ?? '')
    const session = connected.value
    const settings = [
      'application_name',
      'search_path',
      'statement_timeout',
      'lock_timeout',
      'idle_in_transaction_session_timeout',
      'client_connection_check_interval',
    ]
    const rows = await session.query(
      `SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name`,
      [settings],
    )
    await session.close()
    expect(rows.map((row) => Reflect.get(row, 'value'))).toEqual([
      'lockstep/run-1',
      'app',
      '0',
      '0',
      '1min',
      '1s',
    ])
    expect(session.closed).toBe(true)
  })

  it('does not inherit the timeouts of its role or database', async () => {
    await database.session.execute(
      `ALTER DATABASE "${database.name}" SET statement_timeout = 10; ALTER DATABASE "${database.name}" SET standard_conforming_strings = off`,
    )
    const connected = await connect(database.url, { applicationName: 'lockstep tests' })
    await database.session.execute(`ALTER DATABASE "${database.name}" RESET ALL`)
    if (!connected.ok) throw new Error(connected.problems[0]?.message ?? '')
    expect(await connected.value.query(`SELECT pg_sleep(0.05), 'a\\b' AS text`)).toMatchObject([
      { text: 'a\\b' },
    ])
    await connected.value.close()
  })
})

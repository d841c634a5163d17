/**
 * The one server of a test run, started before the first test of project `postgres`. Three doors:
 * `MIGRATE_TEST_URL` (a superuser's URL), `LOCKSTEP_TEST_SERVER=containers` (image by `LOCKSTEP_TEST_IMAGE`), else the
 * embedded one (its major by `LOCKSTEP_TEST_MAJOR`, or any build by `LOCKSTEP_TEST_BINARIES=FOLDER-WITH-bin`).
 * No server is a failure, never a skip.
 */
import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { startEmbeddedServer } from '../../src/database/embedded-server.ts'
import { connect } from '../../src/database/session.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's URL, database `postgres` or whatever the door named. */
    serverUrl: string
    /** What the names of this run's databases begin with. */
    databasePrefix: string
    serverMajor: number
  }
}

interface Server {
  readonly url: string
  stop(): Promise<void>
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `lockstep_test_${randomBytes(4).toString('hex')}_`
  const server = await open()
  project.provide('serverUrl', server.url)
  project.provide('databasePrefix', prefix)
  project.provide('serverMajor', await majorOf(server.url))
  return async () => {
    await dropDatabases(server.url, prefix)
    await server.stop()
  }
}

async function majorOf(url: string): Promise<number> {
  const connected = await connect(url, { applicationName: 'lockstep tests' })
  if (!connected.ok) throw new Error(connected.problems.map(({ message }) => message).join('\n'))
  const session = connected.value
  await session.close()
  return Math.floor(session.serverVersionNum / 10_000)
}

function open(): Promise<Server> {
  const url = process.env['MIGRATE_TEST_URL'] ?? ''
  if (url !== '') return Promise.resolve({ url, stop: () => Promise.resolve() })
  const door = process.env['LOCKSTEP_TEST_SERVER'] ?? 'embedded'
  if (door === 'containers') return openContainer()
  if (door === 'embedded') return openEmbedded()
  throw new Error(
    `LOCKSTEP_TEST_SERVER=${door} is unknown: say embedded or containers, or set MIGRATE_TEST_URL.`,
  )
}

async function openEmbedded(): Promise<Server> {
  const major = process.env['LOCKSTEP_TEST_MAJOR']
  const binaries = process.env['LOCKSTEP_TEST_BINARIES']
  const started = await startEmbeddedServer({
    settings: { max_connections: '200', max_prepared_transactions: '10', wal_level: 'logical' },
    ...(major === undefined ? {} : { major: Number(major) }),
    ...(binaries === undefined ? {} : { binaries }),
  })
  if (!started.ok) throw new Error(started.problems.map((one) => `${one.message}\n${one.hint}`).join('\n'))
  const server = started.value
  return { url: server.url(), stop: () => server.stop() }
}

async function openContainer(): Promise<Server> {
  const image = process.env['LOCKSTEP_TEST_IMAGE'] ?? 'postgres:15-alpine'
  // Only here: it looks for an engine when it is loaded.
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql')
  try {
    const container = await new PostgreSqlContainer(image)
      .withCommand([
        'postgres',
        '-c',
        'fsync=off',
        '-c',
        'max_connections=200',
        '-c',
        'wal_level=logical',
        '-c',
        'max_prepared_transactions=10',
      ])
      .start()
    return {
      url: container.getConnectionUri(),
      stop: async () => {
        await container.stop()
      },
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(
      `LOCKSTEP_TEST_SERVER=containers: no container of ${image} could be started (${reason}). ` +
        'Start Docker or Podman, or name an image that is present with LOCKSTEP_TEST_IMAGE, ' +
        'or leave LOCKSTEP_TEST_SERVER out to use the embedded server, or set MIGRATE_TEST_URL.',
      { cause: error },
    )
  }
}

async function dropDatabases(url: string, prefix: string): Promise<void> {
  const connected = await connect(url, { applicationName: 'lockstep tests' })
  if (!connected.ok) return
  const session = connected.value
  const rows = await session.query<{ sql: string }>(
    `SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', datname) AS sql FROM pg_database
      WHERE starts_with(datname, $1)`,
    [prefix],
  )
  for (const row of rows) await session.execute(row.sql)
  await session.close()
}

import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import type { Session } from '../../src/database/session.ts'
import { connect } from '../../src/database/session.ts'

export interface TestDatabase {
  readonly name: string
  readonly url: string
  readonly session: Session
  /** Ends its connections, ours and others', and removes it. */
  drop(): Promise<void>
}

/** A session or an exception: in a test there is nothing else to do about a missing one. */
export async function mustConnect(url: string, applicationName = 'lockstep tests'): Promise<Session> {
  const connected = await connect(url, { applicationName })
  if (!connected.ok) throw new Error(connected.problems.map((problem) => problem.message).join('\n'))
  return connected.value
}

/** The run's server's URL with another database. */
export function databaseUrl(
  name: string,
  account?: { readonly user: string; readonly password: string },
): string {
  const url = new URL(inject('serverUrl'))
  url.pathname = `/${encodeURIComponent(name)}`
  if (account !== undefined) {
    url.username = encodeURIComponent(account.user)
    url.password = encodeURIComponent(account.password)
  }
  return url.href
}

/**
 * An empty database of this run's server, or a copy of `template` (the name of another; nobody may be connected to it:
 * close its session first).
 */
export async function createTestDatabase(template = 'template1'): Promise<TestDatabase> {
  const name = `${inject('databasePrefix')}${randomBytes(6).toString('hex')}`
  await onServer(`format('CREATE DATABASE %I TEMPLATE %I', $1::text, $2::text)`, [name, template])
  const url = databaseUrl(name)
  const session = await mustConnect(url)
  return {
    name,
    url,
    session,
    drop: async () => {
      await session.close()
      await onServer(`format('DROP DATABASE IF EXISTS %I WITH (FORCE)', $1::text)`, [name])
    },
  }
}

async function onServer(format: string, names: readonly string[]): Promise<void> {
  const session = await mustConnect(inject('serverUrl'))
  try {
    const [row] = await session.query<{ sql: string }>(`SELECT ${format} AS sql`, names)
    await session.execute(row?.sql ?? '')
  } finally {
    await session.close()
  }
}

import { describe, expect, it } from 'vitest'
import { connectionProblem, versionProblem } from './connection-problem.ts'
import { parseConnectionUrl } from './connection-target.ts'
import { DatabaseError } from './database-error.ts'

const parsed = parseConnectionUrl('postgres://me:secret@db:5433/app?sslmode=verify-full')
if (!parsed.ok) throw new Error('the URL of this test is malformed')
const target = parsed.value

// What servers at hand cannot be brought to do; the rest is in test/database/connection-problem.postgres.test.ts.
describe('versionProblem', () => {
  it('a server too old', () => {
    expect(versionProblem(target, 130_014)).toMatchObject({
      code: 'server-version-unsupported',
      message: 'db:5433/app runs PostgreSQL 13; lockstep knows the locks of 14 to 18.',
      hint: 'Upgrade the server first.',
    })
  })

  it('a server too new', () => {
    expect(versionProblem(target, 190_000)).toMatchObject({
      message: 'db:5433/app runs PostgreSQL 19; lockstep knows the locks of 14 to 18.',
      hint: 'Look for a newer release of lockstep.',
    })
  })
})

describe('connectionProblem', () => {
  it.each([
    ['53300', 'too-many-connections', 'db:5433/app has no free connection.'],
    ['57P03', 'server-not-ready', 'db:5433/app is starting up, shutting down or in recovery.'],
    ['28000', 'login-refused', 'db:5433/app does not let user me in.'],
  ])('%s', (sqlstate, code, message) => {
    const error = new DatabaseError('what the server said', { sqlstate })
    expect(connectionProblem(target, { code: null, error })).toMatchObject({ code, message })
  })

  it.each([
    ['EHOSTUNREACH', 'host-unreachable', 'No road leads to db:5433/app.'],
    [
      'CERT_HAS_EXPIRED',
      'tls-untrusted',
      'The certificate of db:5433/app is not trusted (sslmode=verify-full).',
    ],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls-failed', 'TLS with db:5433/app failed: what the library said.'],
    ['ESOMETHING', 'connection-failed', 'db:5433/app gave no session: what the library said.'],
  ])('%s', (cause, code, message) => {
    const problem = connectionProblem(target, {
      code: cause,
      error: new DatabaseError('what the library said'),
    })
    expect(problem).toMatchObject({ code, message })
    expect(JSON.stringify(problem)).not.toContain('secret')
  })
})

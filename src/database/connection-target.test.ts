import { userInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { describeTarget, parseConnectionUrl } from './connection-target.ts'

function parsed(url: string): object {
  const result = parseConnectionUrl(url)
  if (!result.ok) throw new Error(result.problems[0]?.message ?? '')
  return { ...result.value, where: describeTarget(result.value) }
}

describe('parseConnectionUrl', () => {
  it('reads every part, percent-encoded or not', () => {
    expect(
      parsed('postgresql://m%40e:p%2Fw%3A%25@db.example.org:6432/my%20app?sslmode=require&connect_timeout=3'),
    ).toEqual({
      host: 'db.example.org',
      port: 6432,
      socketPath: null,
      user: 'm@e',
      password: 'p/w:%',
      database: 'my app',
      tls: 'require',
      rootCertificate: null,
      certificate: null,
      key: null,
      connectTimeoutMs: 3000,
      settings: {},
      where: 'db.example.org:6432/my app',
    })
  })

  it('fills in what libpq fills in', () => {
    const { username } = userInfo()
    expect(parsed('postgres://')).toMatchObject({
      host: 'localhost',
      port: 5432,
      user: username,
      database: username,
      tls: 'prefer',
    })
    expect(parsed('postgres://me@host')).toMatchObject({ user: 'me', database: 'me', password: '' })
  })

  it('finds a Unix socket in the host, as a parameter or percent-encoded', () => {
    const expected = { socketPath: '/var/run/pg/.s.PGSQL.5433', database: 'app' }
    expect(parsed('postgres:///app?host=/var/run/pg&port=5433')).toMatchObject(expected)
    expect(parsed('postgres://%2Fvar%2Frun%2Fpg:5433/app')).toMatchObject(expected)
  })

  it('takes the brackets off an IPv6 address, and puts them on to show it', () => {
    expect(parsed('postgres://[::1]:5433/app')).toMatchObject({ host: '::1', where: '[::1]:5433/app' })
  })

  it('hands settings on to the server, and keeps to itself what only libpq needs', () => {
    const url =
      'postgres://h/d?options=-c%20search_path%3Dapp&application_name=x&keepalives=1&gssencmode=disable&work_mem=8MB'
    expect(parsed(url)).toMatchObject({ settings: { options: '-c search_path=app', work_mem: '8MB' } })
  })
})

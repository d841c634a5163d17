import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EmbeddedServer } from '../../src/database/embedded-server.ts'
import { startEmbeddedServer } from '../../src/database/embedded-server.ts'
import { connect } from '../../src/database/session.ts'
import { selfSignedCertificate } from '../support/certificate.ts'
import { mustConnect } from '../support/database.ts'

// Its own server, because the run's need not offer TLS.
let server: EmbeddedServer
let folder: string
beforeAll(async () => {
  const started = await startEmbeddedServer()
  if (!started.ok) throw new Error(started.problems[0]?.message ?? '')
  server = started.value
  folder = mkdtempSync(join(tmpdir(), 'lockstep-tls-'))
  const { certificate, key } = selfSignedCertificate('localhost')
  writeFileSync(join(folder, 'root.pem'), certificate)
  writeFileSync(join(folder, 'other.pem'), selfSignedCertificate('localhost').certificate)
  const session = await mustConnect(server.url())
  // The server takes no key that others may read; so it writes it, into its data directory.
  await session.execute(copyTo(certificate, 'server.crt'))
  await session.execute(copyTo(key, 'server.key'))
  await session.execute('ALTER SYSTEM SET ssl = on')
  await session.execute('SELECT pg_reload_conf()')
  await session.close()
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server.stop()
})

function copyTo(text: string, file: string): string {
  const line = Buffer.from(text).toString('base64')
  return `COPY (SELECT '${line}') TO PROGRAM 'umask 077; base64 -d > ${file}'`
}

async function tryTls(parameters: Readonly<Record<string, string>>, host: string): Promise<string> {
  const url = new URL(server.url())
  url.hostname = host
  url.searchParams.delete('sslmode')
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  const connected = await connect(url.href, { applicationName: 'lockstep tests' })
  if (!connected.ok) return connected.problems.map((problem) => problem.code).join()
  const [row] = await connected.value.query<{ ssl: boolean }>(
    'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
  )
  await connected.value.close()
  return row?.ssl === true ? 'encrypted' : 'plain'
}

describe('sslmode', () => {
  it.each([
    ['disable', 'plain'],
    ['prefer', 'encrypted'],
    ['require', 'encrypted'],
    ['verify-ca', 'tls-untrusted'],
    ['verify-full', 'tls-untrusted'],
  ])('%s, nobody vouching for the server: %s', async (sslmode, outcome) => {
    expect(await tryTls({ sslmode }, 'localhost')).toBe(outcome)
  })

  it('is prefer where the URL says nothing', async () => {
    expect(await tryTls({}, 'localhost')).toBe('encrypted')
  })

  it.each([
    ['verify-ca', 'localhost', 'root.pem', 'encrypted'],
    ['verify-full', 'localhost', 'root.pem', 'encrypted'],
    ['verify-ca', '127.0.0.1', 'root.pem', 'encrypted'],
    ['verify-full', '127.0.0.1', 'root.pem', 'tls-untrusted'],
    ['require', 'localhost', 'other.pem', 'tls-untrusted'],
    ['verify-full', 'localhost', 'missing.pem', 'certificate-unreadable'],
  ])('%s at %s with %s: %s', async (sslmode, host, file, outcome) => {
    expect(await tryTls({ sslmode, sslrootcert: join(folder, file) }, host)).toBe(outcome)
  })
})

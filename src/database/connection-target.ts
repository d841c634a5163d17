/**
 * A connection URL, read once. libpq's form (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING),
 * so that a URL that psql takes is taken here. The password leaves this file in one field and in no message.
 */
import { userInfo } from 'node:os'
import type { Problem, Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'

type TlsMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

export interface ConnectionTarget {
  /** Host name or address; for a socket, its directory. */
  readonly host: string
  readonly port: number
  readonly socketPath: string | null
  readonly user: string
  readonly password: string
  readonly database: string
  readonly tls: TlsMode
  /** Paths of PEM files. `rootCertificate` may be `system`. */
  readonly rootCertificate: string | null
  readonly certificate: string | null
  readonly key: string | null
  readonly connectTimeoutMs: number | null
  /** Everything else in the URL's query: settings that the server is asked for at start. */
  readonly settings: Readonly<Record<string, string>>
}

const hint = 'Write it as postgres://USER:PASSWORD@HOST:5432/DATABASE, special characters percent-encoded.'

const tlsModes: Readonly<Record<string, TlsMode>> = {
  disable: 'disable',
  false: 'disable',
  // libpq's `allow` asks for TLS only when the server refuses plain text; offering it first comes to the same.
  allow: 'prefer',
  prefer: 'prefer',
  require: 'require',
  true: 'require',
  'no-verify': 'require',
  'verify-ca': 'verify-ca',
  'verify-full': 'verify-full',
}

/** Parameters of libpq that say nothing about the server and change nothing for one dedicated connection of ours. */
const ignored = new Set([
  'application_name',
  'channel_binding',
  'gssencmode',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'sslnegotiation',
  'sslsni',
  'target_session_attrs',
  'tcp_user_timeout',
])

const consumed = new Set([
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'sslmode',
  'ssl',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'connect_timeout',
])

/** Where a connection goes, for messages: `db.example.org:5432/app`. Never user or password. */
export function describeTarget(target: ConnectionTarget): string {
  const { host, port, database } = target
  return `${host.includes(':') ? `[${host}]` : host}:${port}/${database}`
}

export function parseConnectionUrl(text: string): Result<ConnectionTarget> {
  const url = readUrl(text)
  if (!url.ok) return url
  const parameters = new Map(url.value.searchParams)
  const given = (name: string, inUrl: string): string | null => {
    const value = parameters.get(name) ?? decode(inUrl)
    return value === '' ? null : value
  }
  const mode = parameters.get('sslmode') ?? parameters.get('ssl') ?? 'prefer'
  const tls = tlsModes[mode]
  if (tls === undefined) {
    return malformed(`sslmode=${mode} is unknown`, `Known are ${Object.keys(tlsModes).join(', ')}.`)
  }
  const host = given('host', url.value.hostname) ?? 'localhost'
  const port = Number(given('port', url.value.port) ?? 5432)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    return malformed('the port is not 1 to 65535', hint)
  const user = given('user', url.value.username) ?? userInfo().username
  return succeed({
    host: bare(host),
    port,
    socketPath: host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : null,
    user,
    password: given('password', url.value.password) ?? '',
    database: given('dbname', url.value.pathname.slice(1)) ?? user,
    tls,
    rootCertificate: parameters.get('sslrootcert') ?? null,
    certificate: parameters.get('sslcert') ?? null,
    key: parameters.get('sslkey') ?? null,
    connectTimeoutMs: secondsToMs(parameters.get('connect_timeout')),
    settings: Object.fromEntries(
      [...parameters].filter(([name]) => !consumed.has(name) && !ignored.has(name)),
    ),
  })
}

function readUrl(text: string): Result<URL> {
  if (text.trim() === '') return malformed('it is empty', hint)
  let url: URL
  try {
    url = new URL(text)
  } catch {
    // What the parser objects to may sit inside the password, so nothing of the text is repeated.
    return authority(text).includes(',')
      ? malformed('it names several hosts', 'Name the primary alone: a migration runs on one server.')
      : malformed('it cannot be parsed', hint)
  }
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') {
    return malformed(`it begins with ${url.protocol}`, hint)
  }
  if (url.hostname.includes(',')) {
    return malformed('it names several hosts', 'Name the primary alone: a migration runs on one server.')
  }
  try {
    for (const part of [url.username, url.password, url.pathname, url.hostname]) decodeURIComponent(part)
  } catch {
    return malformed('it holds a % that begins no percent-encoded character', hint)
  }
  return succeed(url)
}

function authority(text: string): string {
  const rest = text.slice(text.indexOf('://') + 3)
  const end = rest.indexOf('/')
  const whole = end === -1 ? rest : rest.slice(0, end)
  return whole.slice(whole.lastIndexOf('@') + 1)
}

function malformed(
  what: string,
  advice: string,
): { readonly ok: false; readonly problems: readonly Problem[] } {
  return fail('database-url-malformed', `The database URL is of no use: ${what}.`, advice)
}

function decode(part: string): string {
  return decodeURIComponent(part)
}

/** `[::1]` → `::1`. */
function bare(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

function secondsToMs(text: string | undefined): number | null {
  const seconds = Number(text ?? Number.NaN)
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null
}

import type { Result } from '../model/problem.ts'
import { failure } from './failure.ts'

/** Parameters of a connection URL, and the variables that libpq takes for those a URL leaves out. */
const parameters = [
  ['host', 'PGHOST'],
  ['port', 'PGPORT'],
  ['dbname', 'PGDATABASE'],
  ['user', 'PGUSER'],
  ['password', 'PGPASSWORD'],
  ['sslmode', 'PGSSLMODE'],
  ['sslrootcert', 'PGSSLROOTCERT'],
  ['sslcert', 'PGSSLCERT'],
  ['sslkey', 'PGSSLKEY'],
  ['connect_timeout', 'PGCONNECT_TIMEOUT'],
] as const

/**
 * The target: `--database-url` (or DATABASE_URL, which commander reads), and what it leaves out from the PG* variables,
 * as libpq does: https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function databaseUrl(option: string | undefined, env: NodeJS.ProcessEnv): Result<string> {
  const url = namedDatabase(option, env)
  return url === null
    ? failure(
        'no-database',
        'No database is named',
        'Give --database-url postgres://user@host/database, or set DATABASE_URL or the PG* variables.',
      )
    : { ok: true, value: url }
}

/** Null: neither a URL nor PGHOST nor PGDATABASE names one. */
export function namedDatabase(option: string | undefined, env: NodeJS.ProcessEnv): string | null {
  if (option !== undefined && option !== '') return completed(option, env)
  const isNamed = (env['PGHOST'] ?? '') !== '' || (env['PGDATABASE'] ?? '') !== ''
  return isNamed ? completed('postgres://', env) : null
}

/** What is not a URL comes out as it is: whoever connects says what is wrong with it. */
function completed(text: string, env: NodeJS.ProcessEnv): string {
  if (!URL.canParse(text)) return text
  const url = new URL(text)
  const inUrl: Readonly<Record<string, string>> = {
    host: url.hostname,
    port: url.port,
    dbname: url.pathname.slice(1),
    user: url.username,
    password: url.password,
    sslmode: url.searchParams.get('ssl') ?? '',
  }
  let isWhole = true
  for (const [parameter, variable] of parameters) {
    const value = env[variable] ?? ''
    const isSaid = (inUrl[parameter] ?? '') !== '' || url.searchParams.has(parameter)
    if (value === '' || isSaid) continue
    url.searchParams.set(parameter, value)
    isWhole = false
  }
  return isWhole ? text : url.href
}

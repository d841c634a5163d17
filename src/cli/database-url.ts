import { userInfo } from 'node:os'
import type { Result } from '../model/problem.ts'
import { failure } from './failure.ts'

/**
 * The target: `--database-url` (or DATABASE_URL, which commander reads), else the PG* variables that libpq reads.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function databaseUrl(option: string | undefined, env: NodeJS.ProcessEnv): Result<string> {
  if (option !== undefined && option !== '') return { ok: true, value: option }
  if (env['PGHOST'] === undefined && env['PGDATABASE'] === undefined) {
    return failure(
      'no-database',
      'No database is named',
      'Give --database-url postgres://user@host/database, or set DATABASE_URL or the PG* variables.',
    )
  }
  const url = new URL('postgres://localhost')
  const user = env['PGUSER'] ?? userInfo().username
  url.hostname = env['PGHOST'] ?? 'localhost'
  url.port = env['PGPORT'] ?? '5432'
  url.username = encodeURIComponent(user)
  url.password = encodeURIComponent(env['PGPASSWORD'] ?? '')
  url.pathname = `/${encodeURIComponent(env['PGDATABASE'] ?? user)}`
  if (env['PGSSLMODE'] !== undefined) url.searchParams.set('sslmode', env['PGSSLMODE'])
  return { ok: true, value: url.href }
}

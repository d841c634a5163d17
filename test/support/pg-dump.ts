/**
 * The schema of a database by pg_dump, a witness that shares nothing with us. The npm servers bring none, so it is
 * looked for on the machine; one of the server's own major, because another spells the same thing differently.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Session } from '../../src/database/session.ts'

export interface SchemaDump {
  /** Without comments, blank lines, SET lines and the restrict key that changes with each run. */
  readonly text: string
  /** `/usr/lib/postgresql/15/bin/pg_dump: pg_dump (PostgreSQL) 15.14`, for a report of which witness was heard. */
  readonly by: string
}

const run = promisify(execFile)

/** Null where no pg_dump of the server's major is installed. */
export async function dumpSchema(session: Session, url: string): Promise<SchemaDump | null> {
  const major = Math.floor(session.serverVersionNum / 10_000)
  const found = await findPgDump(major)
  if (found === null) return null
  const { stdout } = await run(
    found.path,
    ['--schema-only', '--exclude-schema=lockstep', '--exclude-schema=lockstep_*', `--dbname=${url}`],
    { maxBuffer: 256 * 1024 * 1024 },
  )
  return { text: withoutNoise(stdout), by: `${found.path}: ${found.version}` }
}

async function findPgDump(major: number): Promise<{ path: string; version: string } | null> {
  for (const path of [
    'pg_dump',
    `/usr/lib/postgresql/${major}/bin/pg_dump`,
    `/usr/pgsql-${major}/bin/pg_dump`,
  ]) {
    if (path.startsWith('/') && !existsSync(path)) continue
    try {
      const version = (await run(path, ['--version'])).stdout.trim()
      // `pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`
      if (Number.parseInt(version.slice(version.indexOf(')') + 1), 10) === major) return { path, version }
    } catch {
      // Not on the PATH.
    }
  }
  return null
}

function withoutNoise(dump: string): string {
  return dump
    .split('\n')
    .filter(
      (line) =>
        line !== '' && !/^(--|SET |SELECT pg_catalog\.set_config|\\restrict |\\unrestrict )/.test(line),
    )
    .join('\n')
}

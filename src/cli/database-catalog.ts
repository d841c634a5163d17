/** What `lint` and `catalog` ask of a database. Loads the driver, so `lint` imports it only when it connects. */
import { withoutPrivate } from '../catalog/catalog-file.ts'
import { readCatalog } from '../database/read-catalog.ts'
import { connect, DatabaseError, type Session } from '../database/session.ts'
import { readOpenPlan } from '../execute/applied-versions.ts'
import type { CatalogFile } from '../model/catalog-file.ts'
import type { Config } from '../model/config.ts'
import type { Result } from '../model/problem.ts'
import { appliedIn } from './applied-in.ts'
import { failure } from './failure.ts'

/** How long reading waits for somebody's ACCESS EXCLUSIVE before it gives up. */
const lockTimeoutMs = 5000

/**
 * The catalogs, the sizes of the tables and the applied versions, read in one snapshot and not written to. Problems: those
 * of `connect`, `another-plan-open`, `catalog-unreadable`.
 */
export async function readDatabaseCatalog(
  url: string,
  applicationName: string,
  layout: string | null,
  config: Config,
): Promise<Result<CatalogFile>> {
  const connected = await connect(url, { applicationName })
  if (!connected.ok) return connected
  const session = connected.value
  try {
    await session.execute(`SET lock_timeout = ${lockTimeoutMs}`)
    await session.execute('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    return await readWith(session, layout, config)
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    return failure(
      'catalog-unreadable',
      `${session.database} cannot be read: ${error.message}`,
      hints.get(error.sqlstate ?? '') ?? null,
    )
  } finally {
    await session.close()
  }
}

async function readWith(
  session: Session,
  layout: string | null,
  config: Config,
): Promise<Result<CatalogFile>> {
  const open = await readOpenPlan(session)
  if (open !== null) {
    return failure(
      'another-plan-open',
      `Plan ${open} is open on this database: its tables are half way between what they were and what they will be`,
      'Apply it to its end, or roll it back (migrate status says where it stands).',
    )
  }
  const applied = await appliedIn(session, layout, config)
  const catalog = withoutPrivate(await readCatalog(session, { sizes: true }))
  return { ok: true, value: { formatVersion: 1, applied: [...applied], catalog } }
}

/** What to do, by SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const hints: ReadonlyMap<string, string> = new Map([
  [
    '42501',
    "Reading needs USAGE on schema lockstep and SELECT on its tables and on the runner's history table: grant them, or connect as their owner.",
  ],
  ['55P03', 'Another session holds ACCESS EXCLUSIVE on a table: try again when it is done (pg_locks).'],
])

/**
 * The throw-away PostgreSQL that plans are proved on: an embedded one, or one that the user names. Whatever we make
 * there has a name of ours and is gone when the proof ends.
 */
import type { Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { startEmbeddedServer } from '../database/embedded-server.ts'
import type { Session } from '../database/session.ts'
import { connect, DatabaseError } from '../database/session.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'

export interface ShadowServer {
  readonly major: number
  /** `15.18`. */
  readonly version: string
  /** One proof's or one trace's place of work, which its databases are named for. Several may stand side by side. */
  openWorkbench(work?: 'proof' | 'trace'): Promise<Result<Workbench>>
  close(): Promise<void>
}

export interface Workbench {
  /** An empty database, or a copy of another of this workbench, to which nobody may be connected. */
  create(label: string, template?: ScratchDatabase): Promise<ScratchDatabase>
  drop(database: ScratchDatabase): Promise<void>
  /** Drops whatever is left. */
  dispose(): Promise<void>
}

export interface ScratchDatabase {
  readonly name: string
  /** As the role that owns the database and has no rights beyond. */
  readonly url: string
  /** As the shadow's own account, for reading past row security and privileges. */
  readonly adminUrl: string
}

export interface ShadowOptions {
  /** Null: an embedded server of `major`. */
  readonly shadowUrl: string | null
  /** The database that the plan is for, which can never be its own shadow; null: nobody has named one. */
  readonly targetUrl: string | null
  /** The plan's server major. */
  readonly major: number
}

const applicationName = 'lockstep proof'

export async function openShadow(options: ShadowOptions): Promise<Result<ShadowServer>> {
  return options.shadowUrl === null
    ? startShadow(options.major)
    : useShadow(options.shadowUrl, options.targetUrl)
}

async function startShadow(major: number): Promise<Result<ShadowServer>> {
  const started = await startEmbeddedServer({ major })
  if (!started.ok) return started
  const server = started.value
  const shadow = await shadowAt(server.url(), () => server.stop())
  if (!shadow.ok) await server.stop()
  return shadow
}

async function useShadow(url: string, targetUrl: string | null): Promise<Result<ShadowServer>> {
  const shadow = await shadowAt(url, () => Promise.resolve())
  if (!shadow.ok || targetUrl === null) return shadow
  const refusal = await refuseTarget(url, targetUrl)
  return refusal ?? shadow
}

async function shadowAt(url: string, stop: () => Promise<void>): Promise<Result<ShadowServer>> {
  const connected = await connect(url, { applicationName })
  if (!connected.ok) return connected
  const number = connected.value.serverVersionNum
  await connected.value.close()
  const major = Math.floor(number / 10_000)
  return succeed({
    major,
    version: `${major}.${number % 10_000}`,
    openWorkbench: (work = 'proof') => openWorkbench(url, work),
    close: stop,
  })
}

interface Identity {
  readonly cluster: string
  readonly database: string
}

async function refuseTarget(
  shadowUrl: string,
  targetUrl: string,
): Promise<Extract<Result<never>, { ok: false }> | null> {
  const shadow = await identityOf(shadowUrl)
  // A target that does not answer is not the server that just did.
  const target = await identityOf(targetUrl)
  if (shadow === null || target === null) return null
  if (shadow.cluster !== target.cluster || shadow.database !== target.database) return null
  return fail(
    'shadow-is-target',
    `The shadow is the target: both URLs lead to database ${target.database} of the same server.`,
    'Name another server with --shadow-url, or leave it out to use an embedded one.',
  )
}

/** The system identifier is the cluster's own, whatever address it was reached by. */
async function identityOf(url: string): Promise<Identity | null> {
  const connected = await connect(url, { applicationName })
  if (!connected.ok) return null
  const session = connected.value
  try {
    return { cluster: await clusterOf(session), database: session.database }
  } finally {
    await session.close()
  }
}

async function clusterOf(session: Session): Promise<string> {
  try {
    const [row] = await session.query<{ id: string }>(
      'SELECT system_identifier::text AS id FROM pg_control_system()',
    )
    return row?.id ?? ''
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.connectionLost) throw error
    // Where that function is not granted: no two servers share a port and the microsecond they were started in.
    const [row] = await session.query<{ id: string }>(
      `SELECT concat_ws(' ', pg_postmaster_start_time()::text, current_setting('port')) AS id`,
    )
    return row?.id ?? ''
  }
}

async function openWorkbench(url: string, work: 'proof' | 'trace'): Promise<Result<Workbench>> {
  const connected = await connect(url, { applicationName })
  if (!connected.ok) return connected
  const admin = connected.value
  // No two live sessions of a server share a pid, so names made of it need no dice and meet nobody else's.
  const prefix = `lockstep_${work}_${admin.pid}`
  try {
    const role = await createRole(admin, prefix)
    return succeed(workbenchOf(admin, url, prefix, role))
  } catch (error) {
    await admin.close()
    if (!(error instanceof DatabaseError)) throw error
    return fail(
      'shadow-unusable',
      `The shadow server refuses what a ${work} needs: ${error.message}`,
      'Its role needs CREATEDB, and CREATEROLE to run the migrations as a role without other rights.',
    )
  }
}

/** Null: the account may not create roles, so it is no superuser either and can stand in for one without rights. */
async function createRole(admin: Session, name: string): Promise<string | null> {
  const [account] = await admin.query<{ superuser: boolean; can: boolean }>(
    `SELECT rolsuper AS superuser, rolsuper OR rolcreaterole AS can FROM pg_roles WHERE rolname = current_user`,
  )
  if (account?.can !== true) return null
  await admin.execute(`DROP ROLE IF EXISTS ${quoteIdentifier(name)}`)
  await admin.execute(
    `CREATE ROLE ${quoteIdentifier(name)} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS`,
  )
  // A superuser may become anybody; others only what they are a member of.
  if (!account.superuser) await admin.execute(`GRANT ${quoteIdentifier(name)} TO CURRENT_USER`)
  return name
}

function workbenchOf(admin: Session, url: string, prefix: string, role: string | null): Workbench {
  const alive = new Set<string>()
  let made = 0
  const drop = async (name: string): Promise<void> => {
    await admin.execute(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`)
    alive.delete(name)
  }
  return {
    create: async (label, template) => {
      made += 1
      const name = `${prefix}_${made}_${label}`
      const owner = role === null ? '' : ` OWNER ${quoteIdentifier(role)}`
      const source = template === undefined ? '' : ` TEMPLATE ${quoteIdentifier(template.name)}`
      // A runner that was killed may have left one of this name, if the server has since given its pid again.
      await drop(name)
      alive.add(name)
      if (template !== undefined) await untilLeft(admin, template.name)
      await admin.execute(`CREATE DATABASE ${quoteIdentifier(name)}${owner}${source}`)
      return { name, url: databaseUrl(url, name, role), adminUrl: databaseUrl(url, name, null) }
    },
    drop: (database) => drop(database.name),
    dispose: async () => {
      try {
        for (const name of alive) await drop(name)
        if (role !== null) await admin.execute(`DROP ROLE IF EXISTS ${quoteIdentifier(role)}`)
      } finally {
        await admin.close()
      }
    },
  }
}

const leaveAttemptsMax = 200
const leavePauseMs = 5

/**
 * A backend outlives its connection by some milliseconds, and CREATE DATABASE waits for it in naps of 100
 * (CountOtherDBBackends in procarray.c). Whoever stays on is for the server to complain of.
 */
async function untilLeft(admin: Session, database: string): Promise<void> {
  for (let attempt = 0; attempt < leaveAttemptsMax; attempt += 1) {
    const [row] = await admin.query<{ left: boolean }>(
      'SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = $1) AS left',
      [database],
    )
    if (row?.left === true) return
    await new Promise((resolve) => setTimeout(resolve, leavePauseMs))
  }
}

/** The role is taken on by the start-up setting `role`, so it needs no password and no line in pg_hba.conf. */
function databaseUrl(url: string, database: string, role: string | null): string {
  const made = new URL(url)
  made.pathname = `/${encodeURIComponent(database)}`
  made.searchParams.delete('dbname')
  if (role !== null) made.searchParams.set('role', role)
  return made.href
}

/** A session in a scratch database for as long as the work takes. A shadow that no longer answers throws. */
export async function inDatabase<T>(url: string, work: (session: Session) => Promise<T>): Promise<T> {
  const connected = await connect(url, { applicationName, idleInTransactionTimeoutMs: 0 })
  if (!connected.ok) throw new Error(connected.problems.map(({ message }) => message).join('\n'))
  try {
    return await work(connected.value)
  } finally {
    await connected.value.close()
  }
}

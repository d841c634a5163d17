/** A server of the fault tests' own: it is shut down in the middle of a run, or a standby takes its place. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedServer } from '../../src/database/embedded-server.ts'
import type { Session } from '../../src/database/session.ts'
import { mustConnect } from '../support/database.ts'

export interface FaultServer {
  readonly major: number
  /** A superuser's. */
  url(database?: string): string
  /** Immediate shutdown, as if it had crashed, and a new start. Resolves when it answers. */
  restart(): Promise<void>
  /** A streaming copy of it as it is now, in databases and all. */
  standby(): Promise<Standby>
  /** As `restart`, but it stays down. */
  crash(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

export interface Standby {
  url(database: string): string
  promote(): Promise<void>
  remove(): Promise<void>
}

/** `LOCKSTEP_TEST_BINARIES` names another build of PostgreSQL, as for every test. */
export async function startFaultServer(): Promise<FaultServer> {
  const binaries = process.env['LOCKSTEP_TEST_BINARIES']
  const started = await startEmbeddedServer({
    // A commit that was answered is there after a crash.
    durable: true,
    settings: { wal_level: 'logical', max_connections: '100', max_prepared_transactions: '10' },
    ...(binaries === undefined ? {} : { binaries }),
  })
  if (!started.ok) throw new Error(started.problems.map(({ message }) => message).join('\n'))
  const server = started.value
  const admin = await mustConnect(server.url())
  const [row] = await admin.query<{ folder: string }>(`SELECT current_setting('data_directory') AS folder`)
  await admin.close()
  const folder = row?.folder ?? ''
  // What it was started with; the file lasts as long as the directory.
  const command = commandIn(join(folder, 'postmaster.opts'))
  const launch = (): Promise<void> => launchServer(folder, command, server.url())
  return {
    major: server.major,
    url: (database) => server.url(database),
    crash: () => crash(folder),
    start: launch,
    restart: async () => {
      await crash(folder)
      await launch()
    },
    standby: () => makeStandby(folder, command, new URL(server.url()), server.major),
    stop: async () => {
      await crash(folder)
      await server.stop()
    },
  }
}

/** `postmaster.opts` holds the program and each argument in double quotes. */
function commandIn(path: string): readonly string[] {
  const [program = '', ...rest] = readFileSync(path, 'utf8').trim().split(' "')
  return [program, ...rest.map((argument) => argument.replace(/"$/, ''))]
}

async function launchServer(folder: string, command: readonly string[], url: string): Promise<void> {
  const { uid, gid } = statSync(folder)
  const [program = '', ...rest] = command
  spawn(program, rest, { uid, gid, cwd: folder, detached: true, stdio: 'ignore' }).unref()
  await answers(url)
}

/** Resolves when the server takes connections; one that recovers from a crash does not yet. */
export async function answers(url: string): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    try {
      await (await mustConnect(url)).close()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(20)
    }
  }
}

async function crash(folder: string): Promise<void> {
  const file = join(folder, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  if (isAlive(pid)) process.kill(pid, 'SIGQUIT')
  while (isAlive(pid)) await delay(5)
  // An immediate shutdown leaves it, and a server that is started finds that nobody has that number.
}

/** A process that has ended and whom nobody has asked for its exit code yet is a zombie: it is gone for us. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = `/proc/${pid}/stat`
  return !existsSync(stat) || !/^\d+ \(.*\) Z /s.test(readFileSync(stat, 'utf8'))
}

/** Without pg_basebackup, which the npm packages lack: https://www.postgresql.org/docs/current/continuous-archiving.html */
async function makeStandby(
  primary: string,
  command: readonly string[],
  url: URL,
  major: number,
): Promise<Standby> {
  const home = mkdtempSync(join(tmpdir(), 'lockstep-standby-'))
  const folder = join(home, 'data')
  const admin = await mustConnect(url.href)
  try {
    await copyWhileBackedUp(admin, primary, folder, major)
  } finally {
    await admin.close()
  }
  const port = await freePort()
  writeFileSync(join(folder, 'standby.signal'), '')
  const { username, password } = url
  const conninfo = `host=127.0.0.1 port=${url.port} user=${username} password=${decodeURIComponent(password)}`
  const { uid, gid } = statSync(primary)
  execFileSync('chown', ['-R', `${uid}:${gid}`, home])
  const own = command.map((argument, at) =>
    command[at - 1] === '-D' ? folder : command[at - 1] === '-p' ? String(port) : argument,
  )
  const standbyUrl = new URL(url)
  standbyUrl.port = String(port)
  await launchServer(folder, [...own, '-c', `primary_conninfo=${conninfo}`], standbyUrl.href)
  await streams(url.href)
  return {
    url: (database) => {
      const one = new URL(standbyUrl)
      one.pathname = `/${database}`
      return one.href
    },
    promote: async () => {
      const session = await mustConnect(standbyUrl.href)
      await session.query('SELECT pg_promote(true, 30)')
      await session.close()
    },
    remove: async () => {
      await crash(folder)
      rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Until then it would lack what the primary has written since the copy. */
async function streams(primary: string): Promise<void> {
  const admin = await mustConnect(primary)
  try {
    const deadline = Date.now() + 30_000
    for (;;) {
      const [row] = await admin.query<{ yes: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming') AS yes`,
      )
      if (row?.yes === true) return
      if (Date.now() > deadline) throw new Error('the standby does not stream')
      await delay(20)
    }
  } finally {
    await admin.close()
  }
}

async function copyWhileBackedUp(admin: Session, from: string, to: string, major: number): Promise<void> {
  await admin.query(
    major >= 15
      ? `SELECT pg_backup_start('standby', true)`
      : `SELECT pg_start_backup('standby', true, false)`,
  )
  const left = new Set(['postmaster.pid', 'postmaster.opts'])
  cpSync(from, to, { recursive: true, filter: (path) => !left.has(path.slice(from.length + 1)) })
  execFileSync('chmod', ['700', to])
  const [row] = await admin.query<{ label: string }>(
    major >= 15
      ? 'SELECT labelfile AS label FROM pg_backup_stop(false)'
      : 'SELECT labelfile AS label FROM pg_stop_backup(false, false)',
  )
  writeFileSync(join(to, 'backup_label'), row?.label ?? '')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port)
        else reject(new Error('the system gave no port'))
      })
    })
  })
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

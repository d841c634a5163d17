/**
 * A throw-away PostgreSQL on a free port of the loopback interface: the shadow that plans are proved on, the stage of
 * the demo, the server of the tests. However our process ends, the server ends and its directory is removed.
 */
import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Problem, Result } from '../model/problem.ts'
import { fail, succeed } from '../model/problem.ts'
import { DatabaseError } from './database-error.ts'
import type { Account, Binaries } from './embedded-binaries.ts'
import { findBinaries, identity, prepareBinaries, programPath } from './embedded-binaries.ts'
import { connect } from './session.ts'
import { guard } from './watchdog.ts'

export interface EmbeddedServerOptions {
  /** Folder in which the server makes its own directory. Default: the system's for temporary files. */
  readonly directory?: string
  /** Server settings over ours (`postgres -c name=value`). */
  readonly settings?: Readonly<Record<string, string>>
  /** Which PostgreSQL; default: the installed one. */
  readonly major?: number
  /** A folder with `bin/postgres` in place of the npm package's. */
  readonly binaries?: string
  /** Commits reach the disk, as in production. Default false: several times faster. */
  readonly durable?: boolean
}

export interface EmbeddedServer {
  readonly port: number
  readonly major: number
  /** Holds user (a superuser) and password. Default database: `postgres`. */
  url(database?: string): string
  /** The last lines of its log. */
  log(): string
  stop(): Promise<void>
  createDatabase(name: string, template?: string): Promise<void>
  dropDatabase(name: string): Promise<void>
}

const user = 'postgres'
const portAttemptsMax = 5
const startTimeoutMs = 60_000
const stopTimeoutMs = 10_000
const logCharactersMax = 50_000

/** A process and the last lines that it wrote. */
interface Running {
  readonly process: ChildProcess
  readonly log: () => string
}

export async function startEmbeddedServer(
  options: EmbeddedServerOptions = {},
): Promise<Result<EmbeddedServer>> {
  const found =
    options.binaries === undefined ? findBinaries(options.major ?? null) : succeed(options.binaries)
  if (!found.ok) return found
  const account = await accountOfServer()
  if (account === null) {
    return fail(
      'embedded-server-account-missing',
      'PostgreSQL refuses to run as root, and there is no account postgres or nobody to run it as.',
      'Run as an ordinary user, or name a server with --shadow-url.',
    )
  }
  const home = mkdtempSync(join(options.directory ?? tmpdir(), 'lockstep-postgres-'))
  let server: Running | null = null
  const release = guard(home, () => server?.process.kill())
  const tidy = (): void => {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
    release()
  }
  try {
    giveTo(home, account)
    const started = await startIn(home, found.value, account, options)
    if (started.ok) {
      server = started.value.running
      return succeed(serverOver(started.value, tidy))
    }
    tidy()
    return started
  } catch (error) {
    tidy()
    throw error
  }
}

interface Started {
  readonly running: Running
  readonly port: number
  readonly password: string
  readonly major: number
}

async function startIn(
  home: string,
  root: string,
  account: Account,
  options: EmbeddedServerOptions,
): Promise<Result<Started>> {
  const prepared = await prepareBinaries(root, account, join(home, 'native'))
  if (!prepared.ok) return prepared
  const binaries = prepared.value
  const password = randomBytes(24).toString('base64url')
  const initialized = await initialize(home, binaries, account, password, options.durable ?? false)
  if (!initialized.ok) return initialized
  let log = ''
  for (let attempt = 1; attempt <= portAttemptsMax; attempt++) {
    const port = await freePort()
    const running = launch(
      programPath(binaries.root, 'postgres'),
      ['-D', join(home, 'data'), '-p', String(port), ...settingArguments(options)],
      { home, account },
    )
    if (await isReady(running)) return succeed({ running, port, password, major: binaries.major })
    await end(running.process)
    log = running.log()
    // Somebody took the port between our look and the server's: look for another.
    if (!log.includes('could not bind')) break
  }
  return startProblem('The embedded PostgreSQL does not start', log)
}

/**
 * initdb takes 0.4 s. Keeping a ready-made directory to copy would save 0.3 s of that, at the price of a cache to
 * guard and to clean; not worth it.
 */
async function initialize(
  home: string,
  binaries: Binaries,
  account: Account,
  password: string,
  durable: boolean,
): Promise<Result<null>> {
  const passwordFile = join(home, 'password')
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  giveTo(passwordFile, account)
  const running = launch(
    programPath(binaries.root, 'initdb'),
    [
      `--pgdata=${join(home, 'data')}`,
      `--username=${user}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      // The same order of text on every machine.
      '--encoding=UTF8',
      '--locale=C',
      ...(durable ? [] : ['--no-sync']),
    ],
    { home, account },
  )
  const code = await exitOf(running.process)
  rmSync(passwordFile, { force: true })
  return code === 0 ? succeed(null) : startProblem('initdb of the embedded PostgreSQL failed', running.log())
}

function settingArguments(options: EmbeddedServerOptions): readonly string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    // Sockets in /tmp would clash with another server on the same port number.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    ...(options.durable === true ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...options.settings,
    // Readiness is told from the log.
    lc_messages: 'C',
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function launch(
  program: string,
  programArguments: readonly string[],
  where: { readonly home: string; readonly account: Account },
): Running {
  const child = spawn(program, programArguments, {
    ...identity(where.account),
    // Our own working directory may be closed to the server's account.
    cwd: where.home,
    // A session of its own: Ctrl-C is for us, and we end the server in our own time.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(),
  })
  let log = ''
  const keep = (text: string): void => {
    log = (log + text).slice(-logCharactersMax)
  }
  child.stdout.on('data', (chunk: Buffer) => keep(chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => keep(chunk.toString('utf8')))
  child.on('error', (error) => keep(`${error.message}\n`))
  return { process: child, log: () => log.trimEnd() }
}

/** PGDATA, PGOPTIONS and the like of our caller are not for this server, nor is the caller's language. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') && !name.startsWith('LC_') && name !== 'LANG' && name !== 'LANGUAGE',
  )
  return { ...Object.fromEntries(kept), LC_ALL: 'C' }
}

/** False: it ended, or said nothing in time. */
async function isReady(running: Running): Promise<boolean> {
  const deadline = Date.now() + startTimeoutMs
  while (Date.now() < deadline && running.process.exitCode === null && running.process.signalCode === null) {
    if (running.log().includes('database system is ready to accept connections')) {
      letGo(running.process)
      return true
    }
    if (running.process.pid === undefined) return false
    await delay(5)
  }
  return false
}

/** From here on the server keeps nobody's process alive: who forgets `stop` still ends, and the watchdog does the rest. */
function letGo(child: ChildProcess): void {
  child.unref()
  for (const stream of [child.stdout, child.stderr]) if (stream instanceof net.Socket) stream.unref()
}

function serverOver(started: Started, tidy: () => void): EmbeddedServer {
  const { running, port, password, major } = started
  const url = (database = 'postgres'): string =>
    `postgres://${user}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}?sslmode=disable`
  let stopping: Promise<void> | null = null
  return {
    port,
    major,
    url,
    log: running.log,
    stop: () => (stopping ??= end(running.process).finally(tidy)),
    createDatabase: (name, template = 'template1') =>
      administer(url(), `format('CREATE DATABASE %I TEMPLATE %I', $1::text, $2::text)`, [name, template]),
    dropDatabase: (name) =>
      administer(url(), `format('DROP DATABASE IF EXISTS %I WITH (FORCE)', $1::text)`, [name]),
  }
}

/** Neither statement takes parameters, nor runs in a transaction: the server itself quotes the names. */
async function administer(url: string, format: string, names: readonly string[]): Promise<void> {
  const connected = await connect(url, { applicationName: 'lockstep embedded server' })
  if (!connected.ok) throw new DatabaseError(connected.problems[0]?.message ?? 'no connection')
  const session = connected.value
  try {
    const [row] = await session.query<{ sql: string }>(`SELECT ${format} AS sql`, names)
    await session.execute(row?.sql ?? '')
  } finally {
    await session.close()
  }
}

/** Fast shutdown, then immediate, then none of its own: https://www.postgresql.org/docs/current/server-shutdown.html */
async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  // Else Node could end while we wait.
  child.ref()
  const ended = exitOf(child)
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    child.kill(signal)
    const timer = new AbortController()
    const outcome = await Promise.race([ended, delay(stopTimeoutMs, timer.signal)])
    timer.abort()
    if (outcome !== 'late') return
  }
}

function delay(ms: number, signal?: AbortSignal): Promise<'late'> {
  return setTimeout(ms, 'late' as const, signal === undefined ? {} : { signal }).catch(() => 'late' as const)
}

/** Exit code; -1 when it could not be started or was ended by a signal. */
function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('close', (code) => resolve(code ?? -1))
    child.once('error', () => resolve(-1))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer()
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

/**
 * As root another account is needed. `nobody` serves where there is no `postgres`: nothing outlives the server, and
 * adding an account to somebody's machine for it would.
 */
async function accountOfServer(): Promise<Account | null> {
  if (process.getuid?.() !== 0) return { uid: null, gid: null }
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all(
        ['-u', '-g'].map(async (flag) => Number((await promisify(execFile)('id', [flag, name])).stdout)),
      )
      if (uid !== undefined && gid !== undefined) return { uid, gid }
    } catch {
      // Not on this system: the next one.
    }
  }
  return null
}

function giveTo(path: string, account: Account): void {
  if (account.uid !== null && account.gid !== null) chownSync(path, account.uid, account.gid)
}

function startProblem(
  what: string,
  log: string,
): { readonly ok: false; readonly problems: readonly Problem[] } {
  const said = log.split('\n').slice(-8).join('\n')
  return fail(
    'embedded-server-failed',
    `${what}:\n${said}`,
    'Its directory lies in TMPDIR; see that there is room and that other accounts may enter it. Or name a server with --shadow-url.',
  )
}

/** The real pgbouncer in front of this run's server, where Debian's package is installed. Nothing else needs it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { databaseUrl } from './database.ts'

const program = ['/usr/sbin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find(
  (path) => existsSync(path),
)

export const isPgbouncerInstalled = program !== undefined

export interface Pgbouncer {
  /** The same database through the pool. */
  urlOf(database: string): string
  stop(): Promise<void>
}

export async function startPgbouncer(
  poolMode: 'session' | 'transaction' | 'statement',
  poolSize = 4,
): Promise<Pgbouncer> {
  if (program === undefined) throw new Error('pgbouncer is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-pgbouncer-'))
  const port = await freePort()
  writeFileSync(join(folder, 'pgbouncer.ini'), settings(port, poolMode, poolSize))
  // It refuses to run as root, and must read its file as somebody else.
  chmodSync(folder, 0o755)
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn(program, ['-q', ...asNobody, join(folder, 'pgbouncer.ini')], { stdio: 'ignore' })
  await untilListening(child, port)
  return {
    urlOf: (database) => {
      const url = new URL(databaseUrl(database))
      url.hostname = '127.0.0.1'
      url.port = String(port)
      return url.href
    },
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function settings(port: number, poolMode: string, poolSize: number): string {
  const server = new URL(databaseUrl('postgres'))
  const account = `user=${server.username} password=${decodeURIComponent(server.password)}`
  return [
    '[databases]',
    `* = host=${server.hostname} port=${server.port} ${account}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    `pool_mode = ${poolMode}`,
    `default_pool_size = ${poolSize}`,
    '',
  ].join('\n')
}

async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) break
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true))
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
    })
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { stderr, stdout } = spawnSync(program ?? '', ['--version'], { encoding: 'utf8' })
  throw new Error(`pgbouncer did not start: ${stdout}${stderr}`)
}

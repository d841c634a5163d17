import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** What the command said and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningMigrate {
  readonly ended: Promise<Ended>
  /** Resolves when `text` has come out on stderr; fails when the command ends without it. */
  hasSaid(text: string): Promise<void>
  signal(name: NodeJS.Signals): void
  /** Closes the reading ends of its output, as `| head -1` does. */
  stopReading(): void
}

export interface MigrateOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

export const packageFolder = join(import.meta.dirname, '../..')

/** Runs the built command as a person would (`npm run build` comes first), without color or a database of the shell's. */
export function runMigrate(args: readonly string[], options: MigrateOptions = {}): Promise<Ended> {
  return startMigrate(args, options).ended
}

export function startMigrate(args: readonly string[], options: MigrateOptions = {}): RunningMigrate {
  const child = spawn(process.execPath, [join(packageFolder, 'bin/migrate.js'), ...args], {
    cwd: options.cwd ?? packageFolder,
    env: { ...withoutDatabase(process.env), NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code, stdout, stderr })
    })
  })
  return {
    ended,
    hasSaid: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stderr.includes(text)) resolve()
        }
        look()
        child.stderr.on('data', look)
        child.once('close', () => reject(new Error(`it never said “${text}”:\n${stdout}\n${stderr}`)))
      }),
    signal: (name) => void child.kill(name),
    stopReading: () => {
      child.stdout.destroy()
      child.stderr.destroy()
    },
  }
}

function withoutDatabase(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => name !== 'DATABASE_URL' && !name.startsWith('PG')),
  )
}

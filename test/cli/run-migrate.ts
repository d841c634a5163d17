import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** What the command said and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const packageFolder = join(import.meta.dirname, '../..')

/** Runs the built command as a person would (`npm run build` comes first), without color or a database of the shell's. */
export function runMigrate(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const { DATABASE_URL: _url, PGHOST: _host, PGDATABASE: _database, ...env } = process.env
  const child = spawn(process.execPath, [join(packageFolder, 'bin/migrate.js'), ...args], {
    cwd: options.cwd ?? packageFolder,
    env: { ...env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code, stdout, stderr })
    })
  })
}

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Child {
  readonly process: ChildProcess
  /** Resolves with the line, once the child has printed a whole one. */
  firstLine(): Promise<string>
  /** How it ended: exit code, or the signal that ended it. */
  ended(): Promise<number | NodeJS.Signals>
}

const root = join(import.meta.dirname, '../..')

/**
 * Runs `code`, a module's text, in a process of its own, to be killed in tests. `load('src/…/x.ts')` imports a source
 * of ours: Node 20 reads no TypeScript, so Vitest's own loader does. In a process group of its own, as from a terminal.
 */
export function spawnModule(code: string, errors: 'inherit' | 'ignore' = 'inherit'): Child {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', `${loader}\n${code}`], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', errors],
    // Without Vitest's own: they make its loader take this process for one of its workers.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'))),
  })
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (exitCode, signal) => resolve(signal ?? exitCode ?? -1))
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  return {
    process: child,
    ended: () => ended,
    firstLine: () =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (output.includes('\n')) resolve(output.slice(0, output.indexOf('\n')))
        }
        look()
        child.stdout.on('data', look)
        child.once('close', () => reject(new Error('the child ended without a line')))
      }),
  }
}

const loader = `
import { createViteServer } from 'vitest/node'
async function load(path) {
  const vite = await createViteServer({
    configFile: false, logLevel: 'error', server: { middlewareMode: true, watch: null, ws: false, hmr: false },
    optimizeDeps: { noDiscovery: true }, appType: 'custom',
  })
  const loaded = await vite.ssrLoadModule('/' + path)
  await vite.close()
  return loaded
}`

import { statfsSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

/**
 * The servers and folders of a run lie in memory where there is room: hundreds of databases are made and dropped, each of
 * three hundred files, which takes some 20 ms there and up to half a second on a disk. Who sets TMPDIR decides instead.
 */
const memory = '/dev/shm'
if (process.env['TMPDIR'] === undefined && freeBytes(memory) > 6 * 2 ** 30) process.env['TMPDIR'] = memory

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return 0
  }
}

/**
 * Two projects: `unit` needs no server and stays fast; `postgres` runs on a real server, one a run, one database
 * a test. A test that needs a server is named `*.postgres.test.ts`; the absence of a server fails it.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: ['**/*.postgres.test.ts', '**/node_modules/**'],
          // Some start the command several times, on a machine that may be busy.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'postgres',
          // After the unit tests: the projects run with different numbers of workers.
          sequence: { groupOrder: 1 },
          include: ['test/**/*.postgres.test.ts'],
          globalSetup: ['test/support/server.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
})

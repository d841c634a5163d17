import { defineConfig } from 'vitest/config'

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

import { migrateRun } from '../bluegreen/migrate-run.ts'
import { pendingMigrations } from './bluegreen-file.ts'
import { runBluegreen, type BluegreenOptions } from './bluegreen-pair.ts'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

interface MigrateOptions extends BluegreenOptions {
  /** A version. */
  readonly again?: string
}

export function bluegreenMigrate(
  path: string,
  options: MigrateOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  return runBluegreen(path, options, terminal, {
    work: async (pair) => {
      const pending = await pendingMigrations(pair.file)
      return pending.ok ? migrateRun(pair, pending.value, options.again ?? null) : pending
    },
    report: ({ ran }) => `${ran} migrations of green have run.\n`,
  })
}

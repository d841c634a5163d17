import { rollbackPlan } from '../execute/rollback.ts'
import { readPlanAt, runPlan, trouble } from './apply.ts'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

interface RollbackCommandOptions {
  readonly format: 'pretty' | 'json'
  readonly databaseUrl?: string
  readonly config?: string
  readonly loseData?: boolean
}

export async function rollback(
  path: string,
  options: RollbackCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const read = readPlanAt(path)
  if (!read.ok) return trouble(read.problems, terminal)
  return runPlan(read.value, options, terminal, (url, common) =>
    rollbackPlan(read.value, url, { ...common, loseData: options.loseData ?? false }),
  )
}

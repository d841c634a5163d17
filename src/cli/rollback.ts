import { rollbackPlan } from '../execute/rollback.ts'
import { rollbackPretty } from '../report/rollback-pretty.ts'
import { readPlanAt, runPlan, trouble, type CommonOptions, type RunCommandOptions } from './apply.ts'
import type { ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

interface RollbackCommandOptions extends RunCommandOptions {
  readonly loseData?: boolean
}

export async function rollback(
  path: string,
  options: RollbackCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const read = readPlanAt(path)
  if (!read.ok) return trouble(read.problems, terminal)
  const run = (url: string, common: CommonOptions) =>
    rollbackPlan(read.value, url, { ...common, loseData: options.loseData ?? false })
  return runPlan({ plan: read.value, path, run, report: rollbackPretty }, options, terminal)
}

import { verifyPretty } from '../report/verify-pretty.ts'
import { verifyPlan } from '../verify/verify-plan.ts'
import { readPlanAt, trouble } from './apply.ts'
import { databaseUrl } from './database-url.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

interface VerifyCommandOptions {
  readonly format: 'pretty' | 'json'
  readonly databaseUrl?: string
}

/** Asks the database, and not the journal, whether what a plan left behind is still there. */
export async function verify(
  path: string,
  options: VerifyCommandOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const read = readPlanAt(path)
  if (!read.ok) return trouble(read.problems, terminal)
  const url = databaseUrl(options.databaseUrl, process.env)
  if (!url.ok) return trouble(url.problems, terminal)
  const verified = await verifyPlan(read.value, url.value)
  if (!verified.ok) return trouble(verified.problems, terminal)
  terminal.out(
    options.format === 'json'
      ? `${JSON.stringify(verified.value, null, 2)}\n`
      : verifyPretty(verified.value, read.value, terminal.outColored),
  )
  return verified.value.holds ? exitCode.done : exitCode.findings
}

import { readStatus } from '../execute/status.ts'
import { statusPretty } from '../report/status-pretty.ts'
import { trouble } from './apply.ts'
import { databaseUrl } from './database-url.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

interface StatusCommandOptions {
  readonly format: 'pretty' | 'json'
  readonly databaseUrl?: string
}

export async function status(options: StatusCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const url = databaseUrl(options.databaseUrl, process.env)
  if (!url.ok) return trouble(url.problems, terminal)
  const read = await readStatus(url.value)
  if (!read.ok) return trouble(read.problems, terminal)
  terminal.out(
    options.format === 'json'
      ? `${JSON.stringify(read.value, null, 2)}\n`
      : statusPretty(read.value, terminal.outColored),
  )
  return exitCode.done
}

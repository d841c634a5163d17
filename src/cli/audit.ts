import { readAudit } from '../execute/read-audit.ts'
import { auditPretty } from '../report/audit-pretty.ts'
import { trouble } from './apply.ts'
import { databaseUrl } from './database-url.ts'
import { exitCode, type ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

interface AuditCommandOptions {
  readonly format: 'pretty' | 'json'
  readonly databaseUrl?: string
}

export async function audit(options: AuditCommandOptions, terminal: Terminal): Promise<ExitCode> {
  const url = databaseUrl(options.databaseUrl, process.env)
  if (!url.ok) return trouble(url.problems, terminal)
  const read = await readAudit(url.value)
  if (!read.ok) return trouble(read.problems, terminal)
  terminal.out(
    options.format === 'json' ? `${JSON.stringify(read.value, null, 2)}\n` : auditPretty(read.value),
  )
  return exitCode.done
}

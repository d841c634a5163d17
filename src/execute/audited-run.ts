import { DatabaseError } from '../database/session.ts'
import type { RunReport } from '../model/outcome.ts'
import type { Result } from '../model/problem.ts'
import { writeAudit } from './audit.ts'
import type { RunContext } from './context.ts'

/** A run with its beginning and its end in the audit trail and in the events. A run that is killed has no end there. */
export async function audited(
  { control, plan, owner, observer }: RunContext,
  action: 'apply' | 'rollback',
  detail: Readonly<Record<string, unknown>>,
  run: () => Promise<Result<RunReport>>,
): Promise<Result<RunReport>> {
  await writeAudit(control, { action, plan, owner, detail })
  observer({ kind: 'run-started', action, digest: plan.digest, owner, database: control.database })
  const ended = await run()
  if (!ended.ok) return ended
  const { status, gate } = ended.value
  observer({ kind: 'run-ended', status, gate })
  const audit = writeAudit(control, { action: 'run-ended', plan, owner, detail: { action, status, gate } })
  // The report stands, even when the connection is gone by now.
  await audit.catch((error: unknown) => {
    if (!(error instanceof DatabaseError)) throw error
  })
  return ended
}

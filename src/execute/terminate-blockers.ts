import { DatabaseError, type Session } from '../database/session.ts'
import type { Blocker } from '../model/outcome.ts'
import type { Step } from '../model/plan.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import { sqlstate } from '../postgres/sqlstate.ts'
import { writeAudit } from './audit.ts'
import type { RunContext } from './context.ts'

/** What the user allows to be ended, and which of them the server has refused us. */
export interface Terminator {
  readonly olderThanMs: number
  readonly refused: Set<number>
}

/** A role that cannot see how old others' transactions are, or cannot end them, is told so before the run begins. */
export async function openTerminator(control: Session, olderThanMs: number): Promise<Result<Terminator>> {
  const rows = await control.query<{ role: string }>(
    `SELECT role FROM unnest(ARRAY['pg_read_all_stats', 'pg_signal_backend']) AS wanted (role)
      WHERE NOT pg_has_role(current_user, role, 'USAGE')`,
  )
  const missing = rows.map(({ role }) => role).join(', ')
  return missing === ''
    ? succeed({ olderThanMs, refused: new Set() })
    : fail(
        'terminate-not-allowed',
        `This role may not end the sessions of others: it is no member of ${missing}.`,
        `GRANT ${missing} TO this role, or leave --terminate-blockers out.`,
      )
}

/**
 * Ends sessions that have been in our way for longer than the user allows; without that word, none. Only clients: an
 * autovacuum against wraparound would come back, a walsender feeds a standby, and a prepared transaction has no session.
 * Age and pid are looked at once more by the statement that ends it, since both may be somebody else's by now.
 */
export async function terminateBlockers(
  step: Step,
  blockers: readonly Blocker[],
  context: RunContext,
): Promise<void> {
  const { terminator } = context
  if (terminator === null) return
  for (const blocker of blockers) {
    const { pid, transactionAgeMs } = blocker
    const isOld = transactionAgeMs !== null && transactionAgeMs > terminator.olderThanMs
    if (isOld && pid !== 0 && !terminator.refused.has(pid)) {
      await terminate(step, blocker, terminator, context)
    }
  }
}

async function terminate(
  step: Step,
  blocker: Blocker,
  { olderThanMs, refused }: Terminator,
  { control, plan, owner, observer }: RunContext,
): Promise<void> {
  try {
    const [row] = await control.query<{ ended: boolean }>(
      `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
        WHERE pid = $1 AND backend_type = 'client backend' AND NOT starts_with(application_name, 'lockstep/')
          AND xact_start < clock_timestamp() - $2::float8 * interval '1 millisecond'`,
      [blocker.pid, olderThanMs],
    )
    if (row?.ended !== true) return
  } catch (error) {
    // Members of pg_signal_backend may not end a superuser's session.
    if (!(error instanceof DatabaseError) || error.sqlstate !== sqlstate.insufficientPrivilege) throw error
    refused.add(blocker.pid)
    observer({
      kind: 'warning',
      message: `pid ${blocker.pid} cannot be ended by this role: ${error.message}`,
    })
    return
  }
  observer({ kind: 'blocker-terminated', step: step.id, blocker })
  await writeAudit(control, {
    action: 'blocker-terminated',
    plan,
    owner,
    detail: { step: step.id, blocker },
  })
}

/** The audit trail in the journal: written beside what it tells of, never changed, and not deleted with a plan. */
import type { Session } from '../database/session.ts'
import type { AuditAction } from '../model/audit.ts'
import type { Plan } from '../model/plan.ts'

export interface Audited {
  readonly action: AuditAction
  readonly plan: Pick<Plan, 'id' | 'digest'> | null
  readonly owner: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** Roles and the client's address are the server's own word, not ours. */
export async function writeAudit(control: Session, { action, plan, owner, detail }: Audited): Promise<void> {
  await control.change(
    `INSERT INTO lockstep.audit (action, plan, digest, session_role, current_role_name, address, owner, detail)
     VALUES ($1, $2, $3, session_user, current_user, inet_client_addr(), $4, $5::jsonb)`,
    [action, plan?.id ?? null, plan?.digest ?? null, owner, JSON.stringify(detail)],
  )
}

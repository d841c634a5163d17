import { z } from 'zod'

export const auditAction = z.enum([
  'apply',
  'rollback',
  'gate-confirmed',
  'blocker-terminated',
  'run-ended',
  'repaired',
])

/** One line of the audit trail: what was asked of a database, by whom and from where. */
export const auditEntry = z.strictObject({
  /** As PostgreSQL prints a timestamptz. */
  at: z.string(),
  action: auditAction,
  /** Null: of no plan, such as the removal of what another tool left. */
  plan: z.string().nullable(),
  digest: z.string().nullable(),
  /** Who logged in; `role` when another role was assumed since. */
  sessionUser: z.string(),
  role: z.string(),
  /** Address of the client as the server saw it; null: by a socket. */
  address: z.string().nullable(),
  /** The account, host and process that said so. */
  owner: z.string(),
  /** What belongs to the action: the gate, the blocker that was ended, how the run ended. */
  detail: z.record(z.string(), z.unknown()),
})

export const auditTrail = z.array(auditEntry)

export type AuditAction = z.infer<typeof auditAction>
export type AuditEntry = z.infer<typeof auditEntry>

import { connect, DatabaseError } from '../database/session.ts'
import { auditTrail, type AuditEntry } from '../model/audit.ts'
import { fail, succeed, type Result } from '../model/problem.ts'
import { checkFormat, journalExists } from './journal.ts'
import { hintFor } from './open-run.ts'

/** Oldest first. Empty where no plan was ever applied. */
export async function readAudit(url: string): Promise<Result<readonly AuditEntry[]>> {
  const connected = await connect(url, { applicationName: 'lockstep audit' })
  if (!connected.ok) return connected
  const session = connected.value
  try {
    if (!(await journalExists(session))) return succeed([])
    const format = await checkFormat(session)
    if (!format.ok) return format
    // A journal that an older lockstep made has no trail yet.
    const [table] = await session.query<{ found: boolean }>(
      `SELECT to_regclass('lockstep.audit') IS NOT NULL AS found`,
    )
    if (table?.found !== true) return succeed([])
    const rows = await session.query(
      `SELECT at, action, plan, digest, session_role AS "sessionUser", current_role_name AS role,
              host(address) AS address, owner, detail
         FROM lockstep.audit ORDER BY at`,
    )
    return succeed(auditTrail.parse(rows))
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    return fail('database-error', `The database answered: ${error.message}`, error.hint ?? hintFor(error))
  } finally {
    await session.close()
  }
}

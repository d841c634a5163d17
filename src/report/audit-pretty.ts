import type { AuditEntry } from '../model/audit.ts'
import { printable } from './printable.ts'

/** One line an entry, oldest first. */
export function auditPretty(entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return 'nothing was ever asked of this database\n'
  return entries.map((entry) => `${printable(lineOf(entry))}\n`).join('')
}

function lineOf({ at, action, plan, digest, sessionUser, role, address, owner, detail }: AuditEntry): string {
  const of = plan === null ? '' : ` ${plan} (${(digest ?? '').slice(0, 12)})`
  const who = role === sessionUser ? sessionUser : `${sessionUser} as ${role}`
  const from = address === null ? 'a local socket' : address
  return `${at}  ${action}${of} by ${who} from ${from} (${owner})${detailText(detail)}`
}

function detailText(detail: AuditEntry['detail']): string {
  return Object.keys(detail).length === 0 ? '' : ` ${JSON.stringify(detail)}`
}

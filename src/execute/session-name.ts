import { clipBytes, maxIdentifierBytes } from '../postgres/identifier.ts'

const prefix = 'lockstep/'
const longestRole = '/control'

/**
 * What a run's sessions are called in pg_stat_activity: `lockstep/PLAN` where the steps run, `lockstep/PLAN/control`
 * beside it, `lockstep/PLAN/waiting` where steps will run once the runner's lock is held: whoever holds it may end what
 * bears the first of these names. Cut by us, since PostgreSQL cuts at 63 bytes and they would become one.
 */
export function sessionName(plan: string, role: 'control' | 'waiting' | null = null): string {
  const name = `${prefix}${clipBytes(plan, maxIdentifierBytes - prefix.length - longestRole.length)}`
  return role === null ? name : `${name}/${role}`
}

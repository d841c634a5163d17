/** What applications of different versions write alike, and values by which one is told from the other. */
import { key, signature } from './keys.ts'
import type { Grant } from './oauth-statements.ts'
import type { WorkloadStatement } from './workload.ts'

export const tokenColumns =
  'signature, request_id, requested_at, client_id, scope, granted_scope, form_data, session_data, subject, active'

/** For signature, request_id, client_id, scope, granted_scope, form_data, session_data, subject, active, requested_audience, granted_audience, challenge_id. */
export function newTokenValues(
  kind: 'access' | 'refresh',
  name: string,
  grant: Grant,
): WorkloadStatement['values'] {
  return [
    signature(kind, name),
    key('request', name),
    grant.client,
    'openid|offline',
    'openid|offline',
    `state=${key('csrf', name).repeat(5)}`,
    `{"idTokenClaims":"${key('session', name).repeat(21)}"}`,
    grant.subject,
    true,
    '',
    '',
    grant.consent,
  ]
}

/** Seconds since 1970 at which secrets end that an application has put off: 2030, and 2100, which 32 bits cannot hold. */
export const secretEnd = { of1x: 1_893_456_000, of2x: 4_102_444_800 } as const

/** What the loaded logins and consents ask for, some of them, and all that the 2.x application asks for. */
export const audience = 'https://api.example.com'

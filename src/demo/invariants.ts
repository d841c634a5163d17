/**
 * What must stay true of the demo's rows whatever a migration does, in the terms of the business. A row count would
 * not notice a token that came back to life, nor a consent that no longer counts as given.
 *
 * Each query yields one row with one column, `value`, as text. `zero`: must be '0' whenever it is asked, load or no
 * load. `same`: the load never changes it, so it must give at the end what it gave at the start.
 */
export interface Invariant {
  readonly name: string
  readonly sql: string
  readonly expect: 'same' | 'zero'
  /** What asks the same at the end of an upgrade that gives the columns other names or types. */
  readonly sqlAfter?: string
}

/** As it is asked at the end of an upgrade. */
export function atEnd(asked: Invariant): Invariant {
  return { ...asked, sql: asked.sqlAfter ?? asked.sql }
}

/** No row may be in `from`, which may go on with WHERE. */
export function zero(name: string, from: string): Invariant {
  return { name, sql: `SELECT count(*)::text AS value FROM ${from}`, expect: 'zero' }
}

/** `value`, an expression over all rows of `from`, never changes. */
export function same(name: string, value: string, from: string): Invariant {
  return { name, sql: `SELECT (${value})::text AS value FROM ${from}`, expect: 'same' }
}

const tokenKinds = ['access', 'refresh', 'code', 'oidc', 'pkce'] as const

/** These name columns of 1.0 only, and hold from 1.0 to the last 1.x at every instant between. */
export const invariants: readonly Invariant[] = [
  ...tokenKinds.map((kind) =>
    zero(
      `no ${kind} token without its client`,
      `hydra_oauth2_${kind} t WHERE NOT EXISTS (SELECT FROM hydra_client c WHERE c.id = t.client_id)`,
    ),
  ),
  ...tokenKinds.map((kind) =>
    zero(
      `no ${kind} token without the consent it rests on`,
      `hydra_oauth2_${kind} t WHERE t.challenge_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM hydra_oauth2_consent_request r WHERE r.challenge = t.challenge_id)`,
    ),
  ),
  // A rotated refresh token may stay beside its successor, so only a request whose last one is inactive is revoked.
  zero(
    'no access token whose request was revoked',
    `hydra_oauth2_access a
  WHERE EXISTS (SELECT FROM hydra_oauth2_refresh r WHERE r.request_id = a.request_id)
  AND NOT EXISTS (SELECT FROM hydra_oauth2_refresh r WHERE r.request_id = a.request_id AND r.active)`,
  ),
  zero(
    'no active refresh token whose consent was refused',
    `hydra_oauth2_refresh r JOIN hydra_oauth2_consent_request_handled h ON h.challenge = r.challenge_id
  WHERE r.active AND h.error <> '{}'`,
  ),
  zero(
    'no answered login without its request',
    `hydra_oauth2_authentication_request_handled h
  WHERE NOT EXISTS (SELECT FROM hydra_oauth2_authentication_request r WHERE r.challenge = h.challenge)`,
  ),
  zero(
    'no consent asked for after a login that was refused',
    `hydra_oauth2_consent_request c
  JOIN hydra_oauth2_authentication_request_handled h ON h.challenge = c.login_challenge WHERE h.error <> '{}'`,
  ),
  same('logins refused', 'count(*)', `hydra_oauth2_authentication_request_handled WHERE error <> '{}'`),
  same(
    'consents by answer, remembered or not',
    `string_agg(answer || ' ' || remember || ' ' || rows, ', ' ORDER BY answer, remember)`,
    `(SELECT CASE error WHEN '{}' THEN 'granted' ELSE 'refused' END AS answer, remember, count(*) AS rows
  FROM hydra_oauth2_consent_request_handled GROUP BY 1, 2) AS histogram`,
  ),
  // -1 and 0 mean the same, so this must survive the upgrade that replaces the one by the other.
  same(
    'seconds that consents are remembered',
    'sum(greatest(remember_for, 0))',
    'hydra_oauth2_consent_request_handled',
  ),
  same(
    'clients with their secrets and redirects',
    `count(*) || ' ' || md5(string_agg(id || client_secret || redirect_uris || grant_types || scope, '' ORDER BY id))`,
    'hydra_client',
  ),
  same(
    'consent requests with their logins',
    `count(*) || ' ' || md5(string_agg(challenge || verifier || coalesce(login_challenge, ''), '' ORDER BY challenge))`,
    'hydra_oauth2_consent_request',
  ),
  same(
    'obfuscated subjects',
    `count(*) || ' ' || md5(string_agg(subject || client_id || subject_obfuscated, '' ORDER BY subject, client_id))`,
    'hydra_oauth2_obfuscated_authentication_session',
  ),
  same(
    'logouts with their sessions',
    `count(*) || ' ' || md5(string_agg(challenge || verifier || sid || accepted, '' ORDER BY challenge))`,
    'hydra_oauth2_logout_request',
  ),
  same(
    'signing keys',
    `count(*) || ' ' || md5(string_agg(sid || kid || keydata, '' ORDER BY sid, kid))`,
    'hydra_jwk',
  ),
]

/** These name columns of the last 1.x: each says that a mass UPDATE reached every row and gave it what was meant. */
export const upgradedInvariants: readonly Invariant[] = [
  zero('every client has metadata', `hydra_client WHERE metadata IS DISTINCT FROM '{}'`),
  zero(
    'every consent was handled when it was answered',
    'hydra_oauth2_consent_request_handled WHERE handled_at IS DISTINCT FROM requested_at',
  ),
  ...(['access', 'refresh'] as const).map((kind) =>
    zero(
      `every ${kind} token has its audiences`,
      `hydra_oauth2_${kind} WHERE requested_audience IS NULL OR granted_audience IS NULL`,
    ),
  ),
  ...(['consent_request', 'authentication_request_handled'] as const).map((table) =>
    zero(
      `the methods follow from the class in ${table}`,
      `hydra_oauth2_${table} WHERE amr IS DISTINCT FROM CASE WHEN acr = '2' THEN 'pwd|otp' ELSE '' END`,
    ),
  ),
  ...(['consent_request_handled', 'authentication_request_handled'] as const).map((table) =>
    zero(
      `nothing is remembered for less than no time in ${table}`,
      `hydra_oauth2_${table} WHERE remember_for < 0`,
    ),
  ),
  zero(
    'every logout that names a session points at it',
    `hydra_oauth2_logout_request WHERE login_session_id IS DISTINCT FROM nullif(sid, '')`,
  ),
]

/** What migrations/2.x has to carry over, and what must be true of every row when it has. */
import { same, zero, type Invariant } from './invariants.ts'
import { fate, fates, loadedAt, signatureSql } from './keys.ts'
import { assertionsEnd, staleBefore } from './load-later-rows.ts'
import { secretEnd } from './written-values.ts'

/** `same`, with an expression of its own for the end. */
function carried(name: string, before: string, after: string, from: string): Invariant {
  return { ...same(name, before, from), sqlAfter: same(name, after, from).sql }
}

/** Only of loaded rows: the applications write more, each in its own words. */
function carriedAudience(table: string, before: string, after: string): Invariant {
  const fingerprint = (column: string): string =>
    `count(*) || ' ' || md5(string_agg(challenge || coalesce(${column}, 'NULL'), '' ORDER BY challenge))`
  const loaded = `hydra_oauth2_${table} WHERE requested_at <= '${loadedAt}'`
  return carried(`audiences of ${table}`, fingerprint(before), fingerprint(after), loaded)
}

function scopesFingerprint(scopes: string): string {
  return `count(*) || ' ' || md5(string_agg(id || ${scopes}, '' ORDER BY id))`
}

const scopesAsText = `coalesce((SELECT string_agg(scope, '|' ORDER BY place)
  FROM jsonb_array_elements_text(scopes) WITH ORDINALITY AS listed (scope, place)), '')`

/** Asked of the last 1.x and of the end of 2.x, in the words of either. */
export const carriedInvariants: readonly Invariant[] = [
  carriedAudience('authentication_request', 'requested_at_audience', 'requested_audience'),
  carriedAudience('consent_request', 'requested_at_audience', 'requested_audience'),
  carriedAudience('consent_request_handled', 'granted_at_audience', 'granted_audience'),
  carried(
    'scopes that issuers are trusted for',
    scopesFingerprint('scope'),
    scopesFingerprint(scopesAsText),
    `hydra_oauth2_trusted_jwt_bearer_issuer WHERE created_at < '${staleBefore}'`,
  ),
  same(
    'assertions that must not be replayed',
    `count(*) || ' ' || md5(string_agg(signature || client_id, '' ORDER BY signature))`,
    `hydra_oauth2_jti_blacklist WHERE expires_at = '${assertionsEnd}'`,
  ),
  zero(
    'no secret ends when nobody said',
    `hydra_client WHERE client_secret_expires_at NOT IN (0, ${secretEnd.of1x}, ${secretEnd.of2x})`,
  ),
]

const tablesWithNetwork = [
  'hydra_client',
  'hydra_jwk',
  'hydra_oauth2_access',
  'hydra_oauth2_refresh',
  'hydra_oauth2_code',
  'hydra_oauth2_oidc',
  'hydra_oauth2_pkce',
  'hydra_oauth2_authentication_request',
  'hydra_oauth2_authentication_session',
  'hydra_oauth2_consent_request',
  'hydra_oauth2_logout_request',
  'hydra_oauth2_obfuscated_authentication_session',
  'hydra_oauth2_jti_blacklist',
] as const

/** These name columns of the end of 2.x. */
export function invariantsOf2x(tokens: number): readonly Invariant[] {
  return [
    zero('there is one network and no more', `(SELECT FROM networks OFFSET 1) AS more`),
    ...tablesWithNetwork.map((table) =>
      zero(
        `every row of ${table} is of the network`,
        `${table} WHERE nid IS DISTINCT FROM (SELECT id FROM networks LIMIT 1)`,
      ),
    ),
    ...ofClients,
    ...ofRequests,
    ...ofRevocations(tokens),
  ]
}

const ofClients: readonly Invariant[] = [
  zero('every client has a public id', 'hydra_client WHERE public_id IS NULL'),
  zero(
    'no two clients have one public id',
    '(SELECT FROM hydra_client GROUP BY public_id HAVING count(*) > 1) AS shared',
  ),
  zero(
    'every client gets opaque tokens',
    `hydra_client WHERE access_token_strategy IS DISTINCT FROM 'opaque'`,
  ),
  zero(
    'every issuer has its list of scopes',
    `hydra_oauth2_trusted_jwt_bearer_issuer WHERE jsonb_typeof(scopes) IS DISTINCT FROM 'array'`,
  ),
  zero('no stale assertion is kept', `hydra_oauth2_jti_blacklist WHERE expires_at < '${staleBefore}'`),
]

const ofRequests: readonly Invariant[] = [
  // Whichever application wrote it, under whichever name.
  zero(
    'every login has its audience',
    'hydra_oauth2_authentication_request WHERE requested_audience IS NULL',
  ),
  ...(['code', 'pkce'] as const).map((kind) =>
    zero(
      `every ${kind} token has its audiences`,
      `hydra_oauth2_${kind} WHERE requested_audience IS NULL OR granted_audience IS NULL`,
    ),
  ),
  zero('every logout has a number', 'hydra_oauth2_logout_request WHERE number IS NULL'),
  zero(
    'no two logouts have one number',
    '(SELECT FROM hydra_oauth2_logout_request GROUP BY number HAVING count(*) > 1) AS shared',
  ),
]

/** The load revokes more, and never gives back. */
function ofRevocations(tokens: number): readonly Invariant[] {
  const revokedAtStart = `(SELECT ${signatureSql('refresh', 'id')} AS signature
  FROM generate_series(${fate.revoked}, ${tokens}, ${fates}) AS id) AS revoked`
  return [
    zero(
      'no refresh token has come back to life',
      `${revokedAtStart} LEFT JOIN hydra_oauth2_refresh r USING (signature) WHERE r.active IS DISTINCT FROM false`,
    ),
    zero(
      'every refresh token revoked before has its revocation',
      `${revokedAtStart} LEFT JOIN hydra_oauth2_revocation r USING (signature) WHERE r.signature IS NULL`,
    ),
    zero(
      'no revocation of a token that is active',
      `hydra_oauth2_revocation v LEFT JOIN hydra_oauth2_refresh r USING (signature, request_id)
  WHERE r.active IS DISTINCT FROM false`,
    ),
  ]
}

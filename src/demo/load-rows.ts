/**
 * Rows for the 1.0 schema: an OAuth server that has been running for a while. The same number of tokens always gives
 * the same rows. They hold what the upgrade has to repair: tokens older than audiences (NULL), the betas' -1 in
 * `remember_for`, logins of the second class (acr 2) whose method nobody wrote down, logouts without a session.
 */
import {
  clientOfSql,
  fate,
  fates,
  keySets,
  keySql,
  requestedAtSql,
  rowCounts,
  sessionOfSql,
  signatureSql,
  signingKeyIdSql,
  signingKeys,
  type RowCounts,
  type TokenKind,
} from './keys.ts'

/** The last migration of 1.0: it makes the schema that the rows fit. */
export const firstRelease = '20190617000200'

/** In the order of the foreign keys; each statement may run in a transaction of its own. */
export function loadRowsSql(tokens: number): readonly string[] {
  const counts = rowCounts(tokens)
  return [
    clients(counts),
    jsonWebKeys(),
    sessions(counts),
    obfuscatedSessions(counts),
    loginRequests(counts),
    handledLogins(counts),
    consentRequests(counts),
    handledConsents(counts),
    logoutRequests(counts),
    tokenRows('access', counts),
    tokenRows('refresh', counts),
    tokenRows('code', counts),
    tokenRows('oidc', counts),
    tokenRows('pkce', counts),
    // Without it the first plans are made for empty tables: the load would measure sequential scans.
    'ANALYZE',
  ]
}

const client = (counts: RowCounts): string => `'client-' || ${clientOfSql('id', counts)}`
const session = (counts: RowCounts): string => keySql('session', sessionOfSql('id', counts))
const subject = (counts: RowCounts): string => `'user-' || ${sessionOfSql('id', counts)}`
const remembered = `CASE WHEN id % 10 = 7 THEN -1 ELSE 3600 * (id % 3) END`
const secondClass = `CASE WHEN id % 7 = 0 THEN '2' ELSE '' END`

function errorUnlessPast(rejected: number): string {
  return `CASE WHEN id % ${fates} = ${rejected} THEN '{"error":"access_denied"}' ELSE '{}' END`
}

function clients(counts: RowCounts): string {
  return `INSERT INTO hydra_client (
  id, client_name, client_secret, redirect_uris, grant_types, response_types, scope, owner, policy_uri, tos_uri,
  client_uri, logo_uri, contacts, client_secret_expires_at, sector_identifier_uri, jwks, jwks_uri, request_uris,
  token_endpoint_auth_method, request_object_signing_alg, userinfo_signed_response_alg, subject_type,
  allowed_cors_origins, audience, created_at, updated_at, frontchannel_logout_uri,
  frontchannel_logout_session_required, backchannel_logout_uri, backchannel_logout_session_required,
  post_logout_redirect_uris)
SELECT 'client-' || id, 'Client ' || id, '$2a$10$' || substr(repeat(md5('secret' || id), 2), 1, 53),
  'https://client-' || id || '.example.com/callback|https://client-' || id || '.example.com/silent',
  'authorization_code|refresh_token|client_credentials', 'code|id_token', 'openid offline profile', '', '', '',
  'https://client-' || id || '.example.com', '', 'ops@client-' || id || '.example.com', 0, '', '', '', '',
  'client_secret_basic', '', 'none', CASE WHEN id % 5 = 0 THEN 'pairwise' ELSE 'public' END, '', '',
  timestamp '2019-01-01' + id * interval '1 minute', timestamp '2019-06-01' + id * interval '1 minute', '', false,
  '', false, 'https://client-' || id || '.example.com/bye'
FROM generate_series(1, ${counts.clients}) AS id`
}

function jsonWebKeys(): string {
  return `INSERT INTO hydra_jwk (sid, kid, version, keydata, created_at)
SELECT sid, ${signingKeyIdSql('sid', 'id')}, 0, repeat(md5('key' || id), 50), timestamp '2019-01-01' + id * interval '1 day'
FROM unnest(ARRAY['${keySets.idToken}', '${keySets.accessToken}']) AS sid, generate_series(1, ${signingKeys}) AS id`
}

function sessions(counts: RowCounts): string {
  return `INSERT INTO hydra_oauth2_authentication_session (id, authenticated_at, subject, remember)
SELECT ${keySql('session', 'id')}, timestamp '2019-06-30' - id * interval '1 second', 'user-' || id, id % 2 = 0
FROM generate_series(1, ${counts.sessions}) AS id`
}

/** Only pairwise clients see an obfuscated subject. */
function obfuscatedSessions(counts: RowCounts): string {
  return `INSERT INTO hydra_oauth2_obfuscated_authentication_session (subject, client_id, subject_obfuscated)
SELECT DISTINCT ${subject(counts)}, ${client(counts)}, md5(${subject(counts)} || ${client(counts)})
FROM generate_series(1, ${counts.tokens}) AS id
WHERE ${clientOfSql('id', counts)} % 5 = 0`
}

function loginRequests(counts: RowCounts): string {
  return `INSERT INTO hydra_oauth2_authentication_request (
  challenge, requested_scope, verifier, csrf, subject, request_url, skip, client_id, requested_at, authenticated_at,
  oidc_context, login_session_id, requested_at_audience)
SELECT ${keySql('login', 'id')}, 'openid|offline', ${keySql('login-verifier', 'id')}, ${keySql('csrf', 'id')},
  ${subject(counts)}, 'https://auth.example.com/oauth2/auth?state=' || repeat(md5('login' || id), 6), false,
  ${client(counts)}, ${requestedAtSql('id', counts)}, NULL, '{}', ${session(counts)}, ''
FROM generate_series(1, ${counts.tokens}) AS id`
}

function handledLogins(counts: RowCounts): string {
  return `INSERT INTO hydra_oauth2_authentication_request_handled (
  challenge, subject, remember, remember_for, error, acr, requested_at, authenticated_at, was_used,
  forced_subject_identifier, context)
SELECT ${keySql('login', 'id')}, ${subject(counts)}, id % 2 = 0, ${remembered}, ${errorUnlessPast(fate.loginRejected)},
  ${secondClass}, ${requestedAtSql('id', counts)}, ${requestedAtSql('id', counts)}, true, '', '{}'
FROM generate_series(1, ${counts.tokens}) AS id
WHERE id % ${fates} > ${fate.loginOpen}`
}

function consentRequests(counts: RowCounts): string {
  return `INSERT INTO hydra_oauth2_consent_request (
  challenge, requested_scope, verifier, csrf, subject, request_url, skip, client_id, requested_at, authenticated_at,
  oidc_context, requested_at_audience, forced_subject_identifier, login_session_id, login_challenge, acr, context)
SELECT ${keySql('consent', 'id')}, 'openid|offline', ${keySql('consent-verifier', 'id')}, ${keySql('csrf', 'id')},
  ${subject(counts)}, 'https://auth.example.com/oauth2/auth?state=' || repeat(md5('login' || id), 6), false,
  ${client(counts)}, ${requestedAtSql('id', counts)}, ${requestedAtSql('id', counts)}, '{}', '', '',
  ${session(counts)}, ${keySql('login', 'id')}, ${secondClass}, '{}'
FROM generate_series(1, ${counts.tokens}) AS id
WHERE id % ${fates} > ${fate.loginRejected}`
}

function handledConsents(counts: RowCounts): string {
  return `INSERT INTO hydra_oauth2_consent_request_handled (
  challenge, granted_scope, remember, remember_for, error, requested_at, session_access_token, session_id_token,
  authenticated_at, was_used, granted_at_audience)
SELECT ${keySql('consent', 'id')}, 'openid|offline', id % 2 = 0, ${remembered}, ${errorUnlessPast(fate.consentRejected)},
  ${requestedAtSql('id', counts)}, '{}', '{}', ${requestedAtSql('id', counts)}, id % ${fates} > ${fate.consentRejected}, ''
FROM generate_series(1, ${counts.tokens}) AS id
WHERE id % ${fates} > ${fate.consentOpen}`
}

function logoutRequests(counts: RowCounts): string {
  return `INSERT INTO hydra_oauth2_logout_request (
  challenge, verifier, subject, sid, client_id, request_url, redir_url, was_used, accepted, rejected, rp_initiated)
SELECT ${keySql('logout', 'id')}, ${keySql('logout-verifier', 'id')}, ${subject(counts)},
  CASE WHEN id % 9 = 0 THEN '' ELSE ${session(counts)} END, ${client(counts)},
  'https://auth.example.com/oauth2/sessions/logout', '', id % 4 = 0, id % 4 = 0, false, id % 9 = 0
FROM generate_series(1, ${Math.ceil(counts.tokens / 4)}) AS id`
}

/** Client credentials give an access token alone, resting on no consent. */
const rows: Record<TokenKind, string> = {
  access: `id % ${fates} <> ${fate.revoked}`,
  refresh: `id % ${fates} > ${fate.consentRejected}`,
  code: `id % ${fates} > ${fate.consentRejected}`,
  oidc: `id % ${fates} > ${fate.consentRejected}`,
  pkce: `id % ${fates} > ${fate.consentRejected}`,
}

const active: Record<TokenKind, string> = {
  access: 'true',
  refresh: `id % ${fates} <> ${fate.revoked}`,
  code: 'id % 2 = 0',
  oidc: 'true',
  pkce: 'true',
}

/** About 1.3 KB a row, what a session with a few claims comes to. */
function tokenRows(kind: TokenKind, counts: RowCounts): string {
  return `INSERT INTO hydra_oauth2_${kind} (
  signature, request_id, requested_at, client_id, scope, granted_scope, form_data, session_data, subject, active,
  requested_audience, granted_audience, challenge_id)
SELECT ${signatureSql(kind, 'id')}, ${keySql('request', 'id')}, ${requestedAtSql('id', counts)}, ${client(counts)},
  'openid|offline', 'openid|offline', 'state=' || repeat(md5('form' || id), 6),
  '{"idTokenClaims":"' || repeat(md5('session' || id), 24) || '"}', ${subject(counts)}, ${active[kind]},
  CASE WHEN id % 3 <> 0 THEN '' END, CASE WHEN id % 3 = 1 THEN '' WHEN id % 3 = 2 THEN 'https://api.example.com' END,
  CASE WHEN id % ${fates} > ${fate.consentRejected} THEN ${keySql('consent', 'id')} END
FROM generate_series(1, ${counts.tokens}) AS id
WHERE ${rows[kind]}`
}

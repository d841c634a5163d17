/**
 * What an OAuth server asks of its database all day, as data. Every statement names its columns and knows only those
 * of 1.0, so the same load runs before, during and after the upgrade: it is the old application.
 *
 * Reads favour a few keys, as users do; writes spread evenly, so that a wait seen in a run is the migration's and not
 * two workers' fight over one row.
 */
import {
  clientId,
  clientOf,
  fate,
  fates,
  key,
  requestedAt,
  rowCounts,
  sessionOf,
  signature,
  subject,
  type RowCounts,
  type TokenKind,
} from './keys.ts'
import { uniform, zipf, type Random } from './random.ts'

export interface WorkloadStatement {
  readonly text: string
  readonly values: readonly (string | number | boolean | Date | null)[]
}

/** How many tokens were loaded: the keys of everything else follow from it. */
export interface WorkloadScale {
  readonly tokens: number
}

export interface WorkloadScript {
  readonly name: string
  /** Per cent of all runs. */
  readonly weight: number
  /** Whether the statements stand between BEGIN and COMMIT, or each alone. */
  readonly transaction: boolean
  statements(random: Random, scale: WorkloadScale): readonly WorkloadStatement[]
}

const selectClient = `SELECT id, client_secret, grant_types, scope FROM hydra_client WHERE id = $1`

function selectToken(kind: TokenKind): string {
  return `SELECT signature, request_id, requested_at, client_id, scope, granted_scope, form_data, session_data, subject, active
FROM hydra_oauth2_${kind} WHERE signature = $1`
}

/** The newest rows are the ones in use. */
function popularId(random: Random, counts: RowCounts): number {
  return counts.tokens + 1 - zipf(random, counts.tokens)
}

/** A loaded row whose flow went through and whose tokens were never revoked. */
function grantedId(random: Random, counts: RowCounts): number {
  const first = fate.revoked + 1
  const cycle = uniform(random, Math.floor(counts.tokens / fates)) - 1
  return cycle * fates + first + Math.floor(random.next() * (fates - first))
}

interface Grant {
  readonly client: string
  readonly subject: string
  readonly consent: string | null
}

function grantOf(id: number, counts: RowCounts): Grant {
  return {
    client: clientId(clientOf(id, counts)),
    subject: subject(sessionOf(id, counts)),
    consent: key('consent', id),
  }
}

function insertToken(kind: 'access' | 'refresh', name: string, grant: Grant): WorkloadStatement {
  return {
    text: `INSERT INTO hydra_oauth2_${kind} (signature, request_id, requested_at, client_id, scope, granted_scope,
  form_data, session_data, subject, active, requested_audience, granted_audience, challenge_id)
VALUES ($1, $2, now(), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    values: [
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
    ],
  }
}

/** A pair shares one request, and 1.0 allows a request one token of each kind: so each pair is a request of its own. */
function insertPair(random: Random, grant: Grant): readonly WorkloadStatement[] {
  const name = random.fresh()
  return [insertToken('access', name, grant), insertToken('refresh', name, grant)]
}

/** Refresh before access, here and in `refresh`: two scripts that meet on one request must not meet crosswise. */
function revokeRequest(id: number): readonly WorkloadStatement[] {
  const request = key('request', id)
  return [
    { text: `UPDATE hydra_oauth2_refresh SET active = false WHERE request_id = $1`, values: [request] },
    { text: `DELETE FROM hydra_oauth2_access WHERE request_id = $1`, values: [request] },
  ]
}

const introspect: WorkloadScript = {
  name: 'introspect',
  weight: 50,
  transaction: false,
  statements(random, scale) {
    const counts = rowCounts(scale.tokens)
    const id = popularId(random, counts)
    return [
      { text: selectToken('access'), values: [signature('access', id)] },
      { text: selectClient, values: [clientId(clientOf(id, counts))] },
    ]
  },
}

const clientLookup: WorkloadScript = {
  name: 'client-lookup',
  weight: 14,
  transaction: false,
  statements(random, scale) {
    return [
      {
        text: `SELECT id, client_name, client_secret, redirect_uris, grant_types, response_types, scope, token_endpoint_auth_method
FROM hydra_client WHERE id = $1`,
        values: [clientId(zipf(random, rowCounts(scale.tokens).clients))],
      },
    ]
  },
}

const codeExchange: WorkloadScript = {
  name: 'code-exchange',
  weight: 8,
  transaction: true,
  statements(random, scale) {
    const counts = rowCounts(scale.tokens)
    const id = grantedId(random, counts)
    const code = signature('code', id)
    return [
      { text: selectToken('code'), values: [code] },
      { text: `UPDATE hydra_oauth2_code SET active = false WHERE signature = $1`, values: [code] },
      { text: `DELETE FROM hydra_oauth2_pkce WHERE signature = $1`, values: [signature('pkce', id)] },
      ...insertPair(random, grantOf(id, counts)),
    ]
  },
}

const refresh: WorkloadScript = {
  name: 'refresh',
  weight: 8,
  transaction: true,
  statements(random, scale) {
    const counts = rowCounts(scale.tokens)
    const id = grantedId(random, counts)
    return [
      { text: selectToken('refresh'), values: [signature('refresh', id)] },
      ...revokeRequest(id),
      ...insertPair(random, grantOf(id, counts)),
    ]
  },
}

const clientCredentials: WorkloadScript = {
  name: 'client-credentials',
  weight: 5,
  transaction: false,
  statements(random, scale) {
    const client = clientId(uniform(random, rowCounts(scale.tokens).clients))
    return [
      { text: selectClient, values: [client] },
      insertToken('access', random.fresh(), { client, subject: client, consent: null }),
    ]
  },
}

const loginCreate: WorkloadScript = {
  name: 'login-create',
  weight: 4,
  transaction: false,
  statements(random, scale) {
    const counts = rowCounts(scale.tokens)
    const session = uniform(random, counts.sessions)
    const name = random.fresh()
    return [
      {
        text: `INSERT INTO hydra_oauth2_authentication_request (challenge, requested_scope, verifier, csrf, subject, request_url,
  skip, client_id, requested_at, authenticated_at, oidc_context, login_session_id, requested_at_audience)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now(), $9, $10, $11, $12)`,
        values: [
          key('login', name),
          'openid|offline',
          key('login-verifier', name),
          key('csrf', name),
          subject(session),
          `https://auth.example.com/oauth2/auth?state=${key('csrf', name)}`,
          false,
          clientId(uniform(random, counts.clients)),
          null,
          '{}',
          key('session', session),
          '',
        ],
      },
    ]
  },
}

const consent: WorkloadScript = {
  name: 'consent',
  weight: 3,
  transaction: false,
  statements(random, scale) {
    const id = grantedId(random, rowCounts(scale.tokens))
    return [
      {
        text: `SELECT r.challenge, r.requested_scope, r.subject, r.skip, r.client_id, r.login_challenge, r.login_session_id, r.acr,
  coalesce(h.was_used, false) AS was_used
FROM hydra_oauth2_consent_request r LEFT JOIN hydra_oauth2_consent_request_handled h ON h.challenge = r.challenge
WHERE r.verifier = $1`,
        values: [key('consent-verifier', id)],
      },
      {
        text: `UPDATE hydra_oauth2_consent_request_handled SET was_used = true WHERE challenge = $1`,
        values: [key('consent', id)],
      },
    ]
  },
}

/** Half of them answer a login still open, half answer again. Rejected ones stay rejected, so that their count can be kept. */
const loginAccept: WorkloadScript = {
  name: 'login-accept',
  weight: 2,
  transaction: false,
  statements(random, scale) {
    const counts = rowCounts(scale.tokens)
    const granted = grantedId(random, counts)
    const id = random.next() < 0.5 ? granted : granted - (granted % fates) + fates + fate.loginOpen
    const session = sessionOf(id, counts)
    return [
      {
        text: `INSERT INTO hydra_oauth2_authentication_request_handled (challenge, subject, remember, remember_for, error, acr,
  requested_at, authenticated_at, was_used, forced_subject_identifier, context)
VALUES ($1, $2, $3, $4, $5, $6, now(), now(), $7, $8, $9)
ON CONFLICT (challenge) DO UPDATE SET subject = excluded.subject, remember = excluded.remember,
  remember_for = excluded.remember_for, error = excluded.error, was_used = excluded.was_used`,
        values: [key('login', id), subject(session), true, 3600, '{}', '', false, '', '{}'],
      },
      {
        text: `UPDATE hydra_oauth2_authentication_session SET authenticated_at = now(), subject = $2, remember = $3 WHERE id = $1`,
        values: [key('session', session), subject(session), true],
      },
    ]
  },
}

const revoke: WorkloadScript = {
  name: 'revoke',
  weight: 2,
  transaction: true,
  statements(random, scale) {
    return revokeRequest(grantedId(random, rowCounts(scale.tokens)))
  },
}

const previousConsent: WorkloadScript = {
  name: 'previous-consent',
  weight: 2,
  transaction: false,
  statements(random, scale) {
    const counts = rowCounts(scale.tokens)
    const grant = grantOf(grantedId(random, counts), counts)
    return [
      {
        text: `SELECT r.challenge, h.granted_scope, h.remember_for, h.requested_at, h.session_access_token, h.session_id_token
FROM hydra_oauth2_consent_request r JOIN hydra_oauth2_consent_request_handled h ON h.challenge = r.challenge
WHERE r.subject = $1 AND r.client_id = $2 AND NOT r.skip AND h.error = '{}' AND h.remember
ORDER BY h.requested_at DESC LIMIT 1`,
        values: [grant.subject, grant.client],
      },
    ]
  },
}

/** The oldest tenth of the loaded tokens is expired. Two janitors skip each other's rows rather than deadlock on them. */
const janitor: WorkloadScript = {
  name: 'janitor',
  weight: 1,
  transaction: false,
  statements(_random, scale) {
    const counts = rowCounts(scale.tokens)
    return [
      {
        text: `DELETE FROM hydra_oauth2_access WHERE signature IN (
  SELECT signature FROM hydra_oauth2_access WHERE requested_at < $1
  ORDER BY requested_at LIMIT 50 FOR UPDATE SKIP LOCKED)`,
        values: [requestedAt(counts.tokens / 10, counts)],
      },
    ]
  },
}

const jsonWebKeySet: WorkloadScript = {
  name: 'json-web-key-set',
  weight: 1,
  transaction: false,
  statements() {
    return [
      {
        text: `SELECT sid, kid, version, keydata, created_at FROM hydra_jwk WHERE sid = $1 ORDER BY created_at DESC`,
        values: ['hydra.openid.id-token'],
      },
    ]
  },
}

export const oauthWorkload: readonly WorkloadScript[] = [
  introspect,
  clientLookup,
  codeExchange,
  refresh,
  clientCredentials,
  loginCreate,
  consent,
  loginAccept,
  revoke,
  previousConsent,
  janitor,
  jsonWebKeySet,
]

export function pickScript(random: Random): WorkloadScript {
  let left = random.next() * oauthWorkload.reduce((sum, script) => sum + script.weight, 0)
  for (const script of oauthWorkload) {
    left -= script.weight
    if (left < 0) return script
  }
  // Only rounding could lead here; the heaviest script absorbs it.
  return introspect
}

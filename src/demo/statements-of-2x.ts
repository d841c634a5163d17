/**
 * The 2.x application, written for the end of migrations/2.x: it knows the network of every row, the new names of the
 * audiences, scopes as jsonb, and the table of revocations. It works from the plan's gate on.
 */
import type { Session } from '../database/session.ts'
import type { LaterStatements } from './oauth-statements.ts'
import { audience, newTokenValues, secretEnd, tokenColumns } from './written-values.ts'

/** The network that an application belongs to. It asks once, when it starts; throws where there is not exactly one. */
export async function readNetwork(session: Session): Promise<string> {
  const networks = await session.query<{ id: string }>(`SELECT id FROM networks LIMIT 2`)
  const [network] = networks
  if (network === undefined || networks.length > 1) throw new Error(`${networks.length} networks, not one`)
  return network.id
}

export function statementsOf2x(nid: string): LaterStatements {
  return { ...ofTokens(nid), ...ofLogins(nid), ...ofClients(nid) }
}

type TokenStatements = Pick<
  LaterStatements,
  'selectToken' | 'insertToken' | 'useCode' | 'deleteProofKey' | 'revokeRequest' | 'deleteExpired'
>

function ofTokens(nid: string): TokenStatements {
  return {
    selectToken: (kind, signature) => ({
      text: `SELECT ${tokenColumns}, requested_audience, granted_audience
FROM hydra_oauth2_${kind} WHERE signature = $1 AND nid = $2`,
      values: [signature, nid],
    }),

    insertToken: (kind, name, grant) => ({
      text: `INSERT INTO hydra_oauth2_${kind} (signature, request_id, requested_at, client_id, scope, granted_scope,
  form_data, session_data, subject, active, requested_audience, granted_audience, challenge_id, nid)
VALUES ($1, $2, now(), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      values: [...newTokenValues(kind, name, grant), nid],
    }),

    useCode: (signature) => ({
      text: `UPDATE hydra_oauth2_code SET active = false WHERE signature = $1 AND nid = $2`,
      values: [signature, nid],
    }),

    deleteProofKey: (signature) => ({
      text: `DELETE FROM hydra_oauth2_pkce WHERE signature = $1 AND nid = $2`,
      values: [signature, nid],
    }),

    revokeRequest: (requestId) => [
      {
        text: `UPDATE hydra_oauth2_refresh SET active = false WHERE request_id = $1 AND nid = $2`,
        values: [requestId, nid],
      },
      // A token that was revoked before, by whichever application, may have its row already.
      {
        text: `INSERT INTO hydra_oauth2_revocation (request_id, signature, revoked_at)
SELECT request_id, signature, now() FROM hydra_oauth2_refresh WHERE request_id = $1 AND nid = $2
ON CONFLICT (signature) DO NOTHING`,
        values: [requestId, nid],
      },
      {
        text: `DELETE FROM hydra_oauth2_access WHERE request_id = $1 AND nid = $2`,
        values: [requestId, nid],
      },
    ],

    deleteExpired: (before) => ({
      text: `DELETE FROM hydra_oauth2_access WHERE signature IN (
  SELECT signature FROM hydra_oauth2_access WHERE requested_at < $1 AND nid = $2
  ORDER BY requested_at LIMIT 50 FOR UPDATE SKIP LOCKED)`,
      values: [before, nid],
    }),
  }
}

type LoginStatements = Pick<
  LaterStatements,
  'insertLogin' | 'acceptLogin' | 'renewSession' | 'selectConsent' | 'useConsent' | 'selectPreviousConsent'
>

function ofLogins(nid: string): LoginStatements {
  return {
    insertLogin: ({ challenge, verifier, csrf, subject, client, session }) => ({
      text: `INSERT INTO hydra_oauth2_authentication_request (challenge, requested_scope, verifier, csrf, subject, request_url,
  skip, client_id, requested_at, authenticated_at, oidc_context, login_session_id, requested_audience, nid)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now(), $9, $10, $11, $12, $13)`,
      values: [
        challenge,
        'openid|offline',
        verifier,
        csrf,
        subject,
        `https://auth.example.com/oauth2/auth?state=${csrf}`,
        false,
        client,
        null,
        '{}',
        session,
        audience,
        nid,
      ],
    }),

    acceptLogin: (challenge, subject) => ({
      text: `INSERT INTO hydra_oauth2_authentication_request_handled (challenge, subject, remember, remember_for, error, acr, amr,
  requested_at, authenticated_at, was_used, forced_subject_identifier, context)
VALUES ($1, $2, $3, $4, $5, $6, $7, now(), now(), $8, $9, $10)
ON CONFLICT (challenge) DO UPDATE SET subject = excluded.subject, remember = excluded.remember,
  remember_for = excluded.remember_for, error = excluded.error, was_used = excluded.was_used`,
      values: [challenge, subject, true, 3600, '{}', '', '', false, '', '{}'],
    }),

    renewSession: (id, subject) => ({
      text: `UPDATE hydra_oauth2_authentication_session SET authenticated_at = now(), subject = $2, remember = $3
WHERE id = $1 AND nid = $4`,
      values: [id, subject, true, nid],
    }),

    selectConsent: (verifier) => ({
      text: `SELECT r.challenge, r.requested_scope, r.requested_audience, r.subject, r.skip, r.client_id, r.login_challenge,
  r.login_session_id, r.acr, r.amr, h.granted_audience, coalesce(h.was_used, false) AS was_used
FROM hydra_oauth2_consent_request r LEFT JOIN hydra_oauth2_consent_request_handled h ON h.challenge = r.challenge
WHERE r.verifier = $1 AND r.nid = $2`,
      values: [verifier, nid],
    }),

    useConsent: (challenge) => ({
      text: `UPDATE hydra_oauth2_consent_request_handled SET was_used = true WHERE challenge = $1`,
      values: [challenge],
    }),

    selectPreviousConsent: (subject, client) => ({
      text: `SELECT r.challenge, h.granted_scope, h.granted_audience, h.remember_for, h.requested_at, h.session_access_token, h.session_id_token
FROM hydra_oauth2_consent_request r JOIN hydra_oauth2_consent_request_handled h ON h.challenge = r.challenge
WHERE r.subject = $1 AND r.client_id = $2 AND r.nid = $3 AND NOT r.skip AND h.error = '{}' AND h.remember
ORDER BY h.requested_at DESC LIMIT 1`,
      values: [subject, client, nid],
    }),
  }
}

type ClientStatements = Omit<LaterStatements, keyof TokenStatements | keyof LoginStatements>

function ofClients(nid: string): ClientStatements {
  return {
    selectClient: (id) => ({
      text: `SELECT id, public_id, client_secret, client_secret_expires_at, grant_types, scope, access_token_strategy
FROM hydra_client WHERE id = $1 AND nid = $2`,
      values: [id, nid],
    }),

    lookUpClient: (id) => ({
      text: `SELECT id, public_id, client_name, client_secret, redirect_uris, grant_types, response_types, scope,
  token_endpoint_auth_method
FROM hydra_client WHERE id = $1 AND nid = $2`,
      values: [id, nid],
    }),

    selectKeySet: (keySet) => ({
      text: `SELECT sid, kid, version, keydata, created_at FROM hydra_jwk WHERE sid = $1 AND nid = $2 ORDER BY created_at DESC`,
      values: [keySet, nid],
    }),

    selectIssuer: (issuer, subject) => ({
      text: `SELECT id, scopes, key_set, key_id, expires_at, allow_any_subject
FROM hydra_oauth2_trusted_jwt_bearer_issuer WHERE issuer = $1 AND (subject = $2 OR allow_any_subject)`,
      values: [issuer, subject],
    }),

    insertIssuer: ({ id, issuer, subject, scopes, keySet, keyId }) => ({
      text: `INSERT INTO hydra_oauth2_trusted_jwt_bearer_issuer (id, issuer, subject, scopes, key_set, key_id, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, now() + interval '1 year')`,
      values: [id, issuer, subject, JSON.stringify(scopes), keySet, keyId],
    }),

    insertAssertion: (signature, client) => ({
      text: `INSERT INTO hydra_oauth2_jti_blacklist (signature, expires_at, client_id, nid)
VALUES ($1, now() + interval '1 hour', $2, $3)`,
      values: [signature, client, nid],
    }),

    extendSecret: (client) => ({
      text: `UPDATE hydra_client SET client_secret_expires_at = $2, updated_at = now() WHERE id = $1 AND nid = $3`,
      values: [client, secretEnd.of2x, nid],
    }),
  }
}

/**
 * The 1.x application. Every statement names its columns: those that `OauthStatements` asks for are of 1.0 only, so that
 * it works from 1.0 to the last 1.x and at every instant between; the later ones are of the last 1.x.
 */
import type { LaterStatements } from './oauth-statements.ts'
import { newTokenValues, secretEnd, tokenColumns } from './written-values.ts'

export const statementsOf1x: LaterStatements = {
  selectClient: (id) => ({
    text: `SELECT id, client_secret, grant_types, scope FROM hydra_client WHERE id = $1`,
    values: [id],
  }),

  lookUpClient: (id) => ({
    text: `SELECT id, client_name, client_secret, redirect_uris, grant_types, response_types, scope, token_endpoint_auth_method
FROM hydra_client WHERE id = $1`,
    values: [id],
  }),

  selectToken: (kind, signature) => ({
    text: `SELECT ${tokenColumns}
FROM hydra_oauth2_${kind} WHERE signature = $1`,
    values: [signature],
  }),

  insertToken: (kind, name, grant) => ({
    text: `INSERT INTO hydra_oauth2_${kind} (signature, request_id, requested_at, client_id, scope, granted_scope,
  form_data, session_data, subject, active, requested_audience, granted_audience, challenge_id)
VALUES ($1, $2, now(), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    values: newTokenValues(kind, name, grant),
  }),

  useCode: (signature) => ({
    text: `UPDATE hydra_oauth2_code SET active = false WHERE signature = $1`,
    values: [signature],
  }),

  deleteProofKey: (signature) => ({
    text: `DELETE FROM hydra_oauth2_pkce WHERE signature = $1`,
    values: [signature],
  }),

  revokeRequest: (requestId) => [
    { text: `UPDATE hydra_oauth2_refresh SET active = false WHERE request_id = $1`, values: [requestId] },
    { text: `DELETE FROM hydra_oauth2_access WHERE request_id = $1`, values: [requestId] },
  ],

  insertLogin: ({ challenge, verifier, csrf, subject, client, session }) => ({
    text: `INSERT INTO hydra_oauth2_authentication_request (challenge, requested_scope, verifier, csrf, subject, request_url,
  skip, client_id, requested_at, authenticated_at, oidc_context, login_session_id, requested_at_audience)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now(), $9, $10, $11, $12)`,
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
      '',
    ],
  }),

  acceptLogin: (challenge, subject) => ({
    text: `INSERT INTO hydra_oauth2_authentication_request_handled (challenge, subject, remember, remember_for, error, acr,
  requested_at, authenticated_at, was_used, forced_subject_identifier, context)
VALUES ($1, $2, $3, $4, $5, $6, now(), now(), $7, $8, $9)
ON CONFLICT (challenge) DO UPDATE SET subject = excluded.subject, remember = excluded.remember,
  remember_for = excluded.remember_for, error = excluded.error, was_used = excluded.was_used`,
    values: [challenge, subject, true, 3600, '{}', '', false, '', '{}'],
  }),

  renewSession: (id, subject) => ({
    text: `UPDATE hydra_oauth2_authentication_session SET authenticated_at = now(), subject = $2, remember = $3 WHERE id = $1`,
    values: [id, subject, true],
  }),

  selectConsent: (verifier) => ({
    text: `SELECT r.challenge, r.requested_scope, r.subject, r.skip, r.client_id, r.login_challenge, r.login_session_id, r.acr,
  coalesce(h.was_used, false) AS was_used
FROM hydra_oauth2_consent_request r LEFT JOIN hydra_oauth2_consent_request_handled h ON h.challenge = r.challenge
WHERE r.verifier = $1`,
    values: [verifier],
  }),

  useConsent: (challenge) => ({
    text: `UPDATE hydra_oauth2_consent_request_handled SET was_used = true WHERE challenge = $1`,
    values: [challenge],
  }),

  selectPreviousConsent: (subject, client) => ({
    text: `SELECT r.challenge, h.granted_scope, h.remember_for, h.requested_at, h.session_access_token, h.session_id_token
FROM hydra_oauth2_consent_request r JOIN hydra_oauth2_consent_request_handled h ON h.challenge = r.challenge
WHERE r.subject = $1 AND r.client_id = $2 AND NOT r.skip AND h.error = '{}' AND h.remember
ORDER BY h.requested_at DESC LIMIT 1`,
    values: [subject, client],
  }),

  deleteExpired: (before) => ({
    text: `DELETE FROM hydra_oauth2_access WHERE signature IN (
  SELECT signature FROM hydra_oauth2_access WHERE requested_at < $1
  ORDER BY requested_at LIMIT 50 FOR UPDATE SKIP LOCKED)`,
    values: [before],
  }),

  selectKeySet: (keySet) => ({
    text: `SELECT sid, kid, version, keydata, created_at FROM hydra_jwk WHERE sid = $1 ORDER BY created_at DESC`,
    values: [keySet],
  }),

  selectIssuer: (issuer, subject) => ({
    text: `SELECT id, scope, key_set, key_id, expires_at, allow_any_subject
FROM hydra_oauth2_trusted_jwt_bearer_issuer WHERE issuer = $1 AND (subject = $2 OR allow_any_subject)`,
    values: [issuer, subject],
  }),

  insertIssuer: ({ id, issuer, subject, scopes, keySet, keyId }) => ({
    text: `INSERT INTO hydra_oauth2_trusted_jwt_bearer_issuer (id, issuer, subject, scope, key_set, key_id, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, now() + interval '1 year')`,
    values: [id, issuer, subject, scopes.join('|'), keySet, keyId],
  }),

  insertAssertion: (signature, client) => ({
    text: `INSERT INTO hydra_oauth2_jti_blacklist (signature, expires_at, client_id)
VALUES ($1, now() + interval '1 hour', $2)`,
    values: [signature, client],
  }),

  extendSecret: (client) => ({
    text: `UPDATE hydra_client SET client_secret_expires_at = $2, updated_at = now() WHERE id = $1`,
    values: [client, secretEnd.of1x],
  }),
}

-- A login, its answer, the consent and its answer become one row.
CREATE TABLE hydra_oauth2_flow AS
  SELECT l.challenge AS login_challenge, l.client_id, l.subject, l.requested_at,
    c.challenge AS consent_challenge_id, a.error AS login_error, h.error AS consent_error,
    CASE WHEN h.challenge IS NOT NULL THEN 6 WHEN a.error IS NOT NULL THEN 128
      WHEN a.challenge IS NOT NULL THEN 3 ELSE 1 END AS state
  FROM hydra_oauth2_authentication_request l
  LEFT JOIN hydra_oauth2_authentication_request_handled a ON a.challenge = l.challenge
  LEFT JOIN hydra_oauth2_consent_request c ON c.login_challenge = l.challenge
  LEFT JOIN hydra_oauth2_consent_request_handled h ON h.challenge = c.challenge;

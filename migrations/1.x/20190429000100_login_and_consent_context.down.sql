ALTER TABLE hydra_oauth2_consent_request
  DROP COLUMN context,
  DROP COLUMN acr,
  DROP COLUMN login_challenge,
  DROP COLUMN login_session_id,
  DROP COLUMN forced_subject_identifier;
ALTER TABLE hydra_oauth2_authentication_request_handled
  DROP COLUMN context,
  DROP COLUMN forced_subject_identifier;
ALTER TABLE hydra_oauth2_authentication_request DROP COLUMN login_session_id;
ALTER TABLE hydra_oauth2_authentication_session DROP COLUMN remember;

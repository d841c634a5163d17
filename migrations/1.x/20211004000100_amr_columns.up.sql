ALTER TABLE hydra_oauth2_consent_request ADD COLUMN amr text;
ALTER TABLE hydra_oauth2_consent_request ALTER COLUMN amr SET DEFAULT '';
ALTER TABLE hydra_oauth2_authentication_request_handled ADD COLUMN amr text;
ALTER TABLE hydra_oauth2_authentication_request_handled ALTER COLUMN amr SET DEFAULT '';

ALTER TABLE hydra_oauth2_consent_request ALTER COLUMN amr SET NOT NULL;
ALTER TABLE hydra_oauth2_authentication_request_handled ALTER COLUMN amr SET NOT NULL;

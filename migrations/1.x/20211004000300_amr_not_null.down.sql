ALTER TABLE hydra_oauth2_authentication_request_handled ALTER COLUMN amr DROP NOT NULL;
ALTER TABLE hydra_oauth2_consent_request ALTER COLUMN amr DROP NOT NULL;

ALTER TABLE hydra_oauth2_consent_request ALTER COLUMN nid DROP NOT NULL;
ALTER TABLE hydra_oauth2_authentication_request ALTER COLUMN nid DROP NOT NULL;

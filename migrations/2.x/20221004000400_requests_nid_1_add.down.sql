ALTER TABLE hydra_oauth2_consent_request DROP COLUMN nid;
ALTER TABLE hydra_oauth2_authentication_request DROP COLUMN nid;

ALTER TABLE hydra_jwk ALTER COLUMN nid DROP NOT NULL;
ALTER TABLE hydra_oauth2_authentication_session ALTER COLUMN nid DROP NOT NULL;

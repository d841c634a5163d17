ALTER TABLE hydra_jwk DROP COLUMN nid;
ALTER TABLE hydra_oauth2_authentication_session DROP COLUMN nid;

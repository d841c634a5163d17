ALTER TABLE hydra_jwk DROP COLUMN thumbprint;
ALTER TABLE hydra_oauth2_jti_blacklist DROP COLUMN client_id;

ALTER TABLE hydra_oauth2_jti_blacklist DROP COLUMN nid;
ALTER TABLE hydra_oauth2_obfuscated_authentication_session DROP COLUMN nid;
ALTER TABLE hydra_oauth2_logout_request DROP COLUMN nid;

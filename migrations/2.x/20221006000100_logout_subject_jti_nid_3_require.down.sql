ALTER TABLE hydra_oauth2_jti_blacklist ALTER COLUMN nid DROP NOT NULL;
ALTER TABLE hydra_oauth2_obfuscated_authentication_session ALTER COLUMN nid DROP NOT NULL;
ALTER TABLE hydra_oauth2_logout_request ALTER COLUMN nid DROP NOT NULL;

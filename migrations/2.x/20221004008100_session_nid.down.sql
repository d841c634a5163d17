ALTER TABLE hydra_oauth2_authentication_session DROP COLUMN nid;

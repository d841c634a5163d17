ALTER TABLE hydra_oauth2_authentication_session ADD COLUMN nid uuid;

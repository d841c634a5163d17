ALTER TABLE hydra_oauth2_logout_request ADD COLUMN nid uuid;

ALTER TABLE hydra_oauth2_refresh ADD COLUMN nid uuid;

ALTER TABLE hydra_oauth2_code ADD COLUMN nid uuid;

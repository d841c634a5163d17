ALTER TABLE hydra_oauth2_access ADD COLUMN nid uuid;

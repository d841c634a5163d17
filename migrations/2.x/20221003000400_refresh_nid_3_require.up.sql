ALTER TABLE hydra_oauth2_refresh ALTER COLUMN nid SET NOT NULL;

ALTER TABLE hydra_oauth2_access DROP COLUMN nid;

ALTER TABLE hydra_oauth2_code DROP COLUMN nid;

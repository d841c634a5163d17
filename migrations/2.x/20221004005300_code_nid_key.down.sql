ALTER TABLE hydra_oauth2_code DROP CONSTRAINT hydra_oauth2_code_nid_fk;
ALTER TABLE hydra_oauth2_code ALTER COLUMN nid DROP NOT NULL;

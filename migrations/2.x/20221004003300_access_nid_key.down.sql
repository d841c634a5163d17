ALTER TABLE hydra_oauth2_access DROP CONSTRAINT hydra_oauth2_access_nid_fk;
ALTER TABLE hydra_oauth2_access ALTER COLUMN nid DROP NOT NULL;

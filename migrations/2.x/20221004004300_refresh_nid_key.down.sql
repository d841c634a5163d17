ALTER TABLE hydra_oauth2_refresh DROP CONSTRAINT hydra_oauth2_refresh_nid_fk;
ALTER TABLE hydra_oauth2_refresh ALTER COLUMN nid DROP NOT NULL;

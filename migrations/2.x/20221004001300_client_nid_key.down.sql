ALTER TABLE hydra_client DROP CONSTRAINT hydra_client_nid_fk;
ALTER TABLE hydra_client ALTER COLUMN nid DROP NOT NULL;

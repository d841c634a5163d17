ALTER TABLE hydra_oauth2_oidc DROP CONSTRAINT hydra_oauth2_oidc_nid_fk;
ALTER TABLE hydra_oauth2_oidc ALTER COLUMN nid DROP NOT NULL;

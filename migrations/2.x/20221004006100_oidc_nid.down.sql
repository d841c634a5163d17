ALTER TABLE hydra_oauth2_oidc DROP COLUMN nid;

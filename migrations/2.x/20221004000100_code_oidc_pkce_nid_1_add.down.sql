ALTER TABLE hydra_oauth2_pkce DROP COLUMN nid;
ALTER TABLE hydra_oauth2_oidc DROP COLUMN nid;
ALTER TABLE hydra_oauth2_code DROP COLUMN nid;

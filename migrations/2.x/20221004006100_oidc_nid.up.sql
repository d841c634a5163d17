ALTER TABLE hydra_oauth2_oidc ADD COLUMN nid uuid;

ALTER TABLE hydra_oauth2_pkce DROP COLUMN nid;

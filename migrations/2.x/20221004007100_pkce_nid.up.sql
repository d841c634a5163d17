ALTER TABLE hydra_oauth2_pkce ADD COLUMN nid uuid;

ALTER TABLE hydra_oauth2_pkce DROP CONSTRAINT hydra_oauth2_pkce_nid_fk;
ALTER TABLE hydra_oauth2_pkce ALTER COLUMN nid DROP NOT NULL;

ALTER TABLE hydra_oauth2_code ADD COLUMN nid uuid;
ALTER TABLE hydra_oauth2_code ADD CONSTRAINT hydra_oauth2_code_nid_fk
  FOREIGN KEY (nid) REFERENCES networks (id) ON UPDATE RESTRICT ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_oidc ADD COLUMN nid uuid;
ALTER TABLE hydra_oauth2_oidc ADD CONSTRAINT hydra_oauth2_oidc_nid_fk
  FOREIGN KEY (nid) REFERENCES networks (id) ON UPDATE RESTRICT ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_pkce ADD COLUMN nid uuid;
ALTER TABLE hydra_oauth2_pkce ADD CONSTRAINT hydra_oauth2_pkce_nid_fk
  FOREIGN KEY (nid) REFERENCES networks (id) ON UPDATE RESTRICT ON DELETE CASCADE;

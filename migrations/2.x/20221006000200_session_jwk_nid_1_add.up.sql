ALTER TABLE hydra_oauth2_authentication_session ADD COLUMN nid uuid;
ALTER TABLE hydra_oauth2_authentication_session ADD CONSTRAINT hydra_oauth2_authentication_session_nid_fk
  FOREIGN KEY (nid) REFERENCES networks (id) ON UPDATE RESTRICT ON DELETE CASCADE;
ALTER TABLE hydra_jwk ADD COLUMN nid uuid;
ALTER TABLE hydra_jwk ADD CONSTRAINT hydra_jwk_nid_fk
  FOREIGN KEY (nid) REFERENCES networks (id) ON UPDATE RESTRICT ON DELETE CASCADE;

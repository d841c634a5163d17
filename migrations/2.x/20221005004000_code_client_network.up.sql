ALTER TABLE hydra_oauth2_code ADD CONSTRAINT hydra_oauth2_code_client_nid_fk
  FOREIGN KEY (client_id, nid) REFERENCES hydra_client (id, nid) ON DELETE CASCADE;
CREATE INDEX hydra_oauth2_code_client_nid_idx ON hydra_oauth2_code (client_id, nid);

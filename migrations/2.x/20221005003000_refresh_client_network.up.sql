ALTER TABLE hydra_oauth2_refresh ADD CONSTRAINT hydra_oauth2_refresh_client_nid_fk
  FOREIGN KEY (client_id, nid) REFERENCES hydra_client (id, nid) ON DELETE CASCADE;
CREATE INDEX hydra_oauth2_refresh_client_nid_idx ON hydra_oauth2_refresh (client_id, nid);

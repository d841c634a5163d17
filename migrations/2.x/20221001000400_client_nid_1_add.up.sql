ALTER TABLE hydra_client ADD COLUMN nid uuid;
ALTER TABLE hydra_client ADD CONSTRAINT hydra_client_nid_fk
  FOREIGN KEY (nid) REFERENCES networks (id) ON UPDATE RESTRICT ON DELETE CASCADE;

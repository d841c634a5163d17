ALTER TABLE hydra_client DROP COLUMN pk;
DROP INDEX hydra_client_idx_id_uq ON hydra_client;
ALTER TABLE hydra_client ADD PRIMARY KEY (id);

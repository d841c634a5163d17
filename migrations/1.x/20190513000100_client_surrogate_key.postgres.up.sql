-- The id becomes an ordinary unique column: foreign keys will hang on the index, not on the primary key.
ALTER TABLE hydra_client ADD COLUMN pk serial;
ALTER TABLE hydra_client DROP CONSTRAINT hydra_client_pkey;
ALTER TABLE hydra_client ADD CONSTRAINT hydra_client_pkey PRIMARY KEY (pk);
CREATE UNIQUE INDEX hydra_client_idx_id_uq ON hydra_client (id);

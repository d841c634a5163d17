-- A client is known by its network, too: the keys of ten tables hang on this index.
DROP INDEX hydra_client_idx_id_uq CASCADE;

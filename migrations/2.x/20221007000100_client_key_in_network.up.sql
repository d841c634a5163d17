CREATE UNIQUE INDEX hydra_client_id_nid_uq ON hydra_client (id, nid);

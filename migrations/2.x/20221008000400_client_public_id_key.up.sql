CREATE UNIQUE INDEX hydra_client_public_id_uq ON hydra_client (public_id);

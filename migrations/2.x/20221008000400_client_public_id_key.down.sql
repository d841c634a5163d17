DROP INDEX hydra_client_public_id_uq;

DROP INDEX hydra_client_id_nid_uq;

ALTER TABLE hydra_client ADD COLUMN nid uuid;

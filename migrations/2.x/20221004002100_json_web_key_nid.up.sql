ALTER TABLE hydra_jwk ADD COLUMN nid uuid;

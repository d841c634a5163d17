ALTER TABLE hydra_client DROP COLUMN public_id;

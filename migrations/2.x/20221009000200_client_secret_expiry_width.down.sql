ALTER TABLE hydra_client ALTER COLUMN client_secret_expires_at TYPE integer;

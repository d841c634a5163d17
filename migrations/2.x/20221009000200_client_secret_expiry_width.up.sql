-- Seconds since 1970 do not fit into 32 bits for much longer.
ALTER TABLE hydra_client ALTER COLUMN client_secret_expires_at TYPE bigint;

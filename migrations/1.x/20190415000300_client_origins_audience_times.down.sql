ALTER TABLE hydra_client
  DROP COLUMN updated_at,
  DROP COLUMN created_at,
  DROP COLUMN audience,
  DROP COLUMN allowed_cors_origins;

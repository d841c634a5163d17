ALTER TABLE hydra_client
  ADD COLUMN allowed_cors_origins text NOT NULL DEFAULT '',
  ADD COLUMN audience text NOT NULL DEFAULT '',
  ADD COLUMN created_at timestamp NOT NULL DEFAULT now(),
  ADD COLUMN updated_at timestamp NOT NULL DEFAULT now();

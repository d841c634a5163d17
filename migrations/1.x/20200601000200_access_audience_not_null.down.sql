ALTER TABLE hydra_oauth2_access
  ALTER COLUMN granted_audience DROP NOT NULL,
  ALTER COLUMN requested_audience DROP NOT NULL;

ALTER TABLE hydra_oauth2_refresh
  ALTER COLUMN granted_audience DROP NOT NULL,
  ALTER COLUMN granted_audience DROP DEFAULT,
  ALTER COLUMN requested_audience DROP NOT NULL,
  ALTER COLUMN requested_audience DROP DEFAULT;

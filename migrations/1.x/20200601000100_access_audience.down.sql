ALTER TABLE hydra_oauth2_access
  ALTER COLUMN granted_audience DROP DEFAULT,
  ALTER COLUMN requested_audience DROP DEFAULT;

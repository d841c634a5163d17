ALTER TABLE hydra_oauth2_access
  ALTER COLUMN requested_audience SET NOT NULL,
  ALTER COLUMN granted_audience SET NOT NULL;

UPDATE hydra_oauth2_refresh SET requested_audience = '' WHERE requested_audience IS NULL;
UPDATE hydra_oauth2_refresh SET granted_audience = '' WHERE granted_audience IS NULL;
ALTER TABLE hydra_oauth2_refresh
  ALTER COLUMN requested_audience SET DEFAULT '',
  ALTER COLUMN requested_audience SET NOT NULL,
  ALTER COLUMN granted_audience SET DEFAULT '',
  ALTER COLUMN granted_audience SET NOT NULL;

-- Tokens issued before audiences existed hold NULL; the application has always written a value since.
ALTER TABLE hydra_oauth2_access
  ALTER COLUMN requested_audience SET DEFAULT '',
  ALTER COLUMN granted_audience SET DEFAULT '';
UPDATE hydra_oauth2_access
  SET requested_audience = coalesce(requested_audience, ''), granted_audience = coalesce(granted_audience, '')
  WHERE requested_audience IS NULL OR granted_audience IS NULL;

UPDATE hydra_oauth2_code SET requested_audience = '' WHERE requested_audience IS NULL;
ALTER TABLE hydra_oauth2_code ALTER COLUMN requested_audience SET NOT NULL;
UPDATE hydra_oauth2_code SET granted_audience = '' WHERE granted_audience IS NULL;
ALTER TABLE hydra_oauth2_code ALTER COLUMN granted_audience SET NOT NULL;
UPDATE hydra_oauth2_pkce SET requested_audience = '' WHERE requested_audience IS NULL;
ALTER TABLE hydra_oauth2_pkce ALTER COLUMN requested_audience SET NOT NULL;
UPDATE hydra_oauth2_pkce SET granted_audience = '' WHERE granted_audience IS NULL;
ALTER TABLE hydra_oauth2_pkce ALTER COLUMN granted_audience SET NOT NULL;

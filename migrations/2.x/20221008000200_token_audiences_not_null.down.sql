ALTER TABLE hydra_oauth2_pkce ALTER COLUMN granted_audience DROP NOT NULL;
ALTER TABLE hydra_oauth2_pkce ALTER COLUMN requested_audience DROP NOT NULL;
ALTER TABLE hydra_oauth2_code ALTER COLUMN granted_audience DROP NOT NULL;
ALTER TABLE hydra_oauth2_code ALTER COLUMN requested_audience DROP NOT NULL;

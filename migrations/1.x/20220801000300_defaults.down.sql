COMMENT ON COLUMN hydra_client.client_secret_expires_at IS NULL;
ALTER TABLE hydra_oauth2_authentication_request_handled ALTER COLUMN was_used DROP DEFAULT;
ALTER TABLE hydra_client ALTER COLUMN client_secret_expires_at SET DEFAULT 0;

ALTER TABLE hydra_client ALTER COLUMN client_secret_expires_at DROP DEFAULT;
ALTER TABLE hydra_oauth2_authentication_request_handled ALTER COLUMN was_used SET DEFAULT false;
COMMENT ON COLUMN hydra_client.client_secret_expires_at IS 'Seconds since 1970; 0 is never. The application always names it.';

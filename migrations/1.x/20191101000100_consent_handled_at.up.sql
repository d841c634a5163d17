-- A consent not yet answered has no such time, so the column stays nullable.
ALTER TABLE hydra_oauth2_consent_request_handled ADD COLUMN handled_at timestamp;
UPDATE hydra_oauth2_consent_request_handled SET handled_at = requested_at WHERE handled_at IS NULL;

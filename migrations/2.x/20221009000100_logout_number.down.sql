ALTER TABLE hydra_oauth2_logout_request DROP COLUMN number;

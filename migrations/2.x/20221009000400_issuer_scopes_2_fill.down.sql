ALTER TABLE hydra_oauth2_trusted_jwt_bearer_issuer ALTER COLUMN scopes DROP NOT NULL;

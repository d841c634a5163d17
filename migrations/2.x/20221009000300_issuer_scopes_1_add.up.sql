ALTER TABLE hydra_oauth2_trusted_jwt_bearer_issuer ADD COLUMN scopes jsonb;

ALTER TABLE hydra_oauth2_trusted_jwt_bearer_issuer ADD COLUMN scope text NOT NULL DEFAULT '';
ALTER TABLE hydra_oauth2_trusted_jwt_bearer_issuer ALTER COLUMN scope DROP DEFAULT;

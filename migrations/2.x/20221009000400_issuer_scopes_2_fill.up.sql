UPDATE hydra_oauth2_trusted_jwt_bearer_issuer SET scopes = to_jsonb(string_to_array(scope, '|')) WHERE scopes IS NULL;
ALTER TABLE hydra_oauth2_trusted_jwt_bearer_issuer ALTER COLUMN scopes SET NOT NULL;

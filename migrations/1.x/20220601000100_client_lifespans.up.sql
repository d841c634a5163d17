-- Lifespans in nanoseconds; NULL takes the server's own.
ALTER TABLE hydra_client
  ADD COLUMN authorization_code_grant_access_token_lifespan bigint,
  ADD COLUMN authorization_code_grant_id_token_lifespan bigint,
  ADD COLUMN authorization_code_grant_refresh_token_lifespan bigint,
  ADD COLUMN client_credentials_grant_access_token_lifespan bigint,
  ADD COLUMN implicit_grant_access_token_lifespan bigint,
  ADD COLUMN implicit_grant_id_token_lifespan bigint,
  ADD COLUMN jwt_bearer_grant_access_token_lifespan bigint
    CONSTRAINT hydra_client_jwt_bearer_lifespan_check CHECK (jwt_bearer_grant_access_token_lifespan > 0),
  ADD COLUMN password_grant_access_token_lifespan bigint,
  ADD COLUMN password_grant_refresh_token_lifespan bigint,
  ADD COLUMN refresh_token_grant_id_token_lifespan bigint,
  ADD COLUMN refresh_token_grant_access_token_lifespan bigint,
  ADD COLUMN refresh_token_grant_refresh_token_lifespan bigint;
ALTER TABLE hydra_client ADD COLUMN registration_access_token_signature varchar(128) NOT NULL DEFAULT '';

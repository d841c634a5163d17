CREATE TYPE issuer_kind AS ENUM ('static', 'discovered');
ALTER TABLE hydra_oauth2_trusted_jwt_bearer_issuer ADD COLUMN kind issuer_kind NOT NULL DEFAULT 'static';

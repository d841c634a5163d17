ALTER TABLE hydra_client ADD COLUMN token_endpoint_auth_signing_alg varchar(10) NOT NULL DEFAULT '';

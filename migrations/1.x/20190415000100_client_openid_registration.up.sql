-- The fields of OpenID Connect dynamic registration.
ALTER TABLE hydra_client ADD COLUMN sector_identifier_uri text NOT NULL DEFAULT '';
ALTER TABLE hydra_client ADD COLUMN jwks text NOT NULL DEFAULT '';
ALTER TABLE hydra_client ADD COLUMN jwks_uri text NOT NULL DEFAULT '';
ALTER TABLE hydra_client ADD COLUMN request_uris text NOT NULL DEFAULT '';
ALTER TABLE hydra_client ADD COLUMN token_endpoint_auth_method varchar(25) NOT NULL DEFAULT '';
ALTER TABLE hydra_client ADD COLUMN request_object_signing_alg varchar(10) NOT NULL DEFAULT '';
ALTER TABLE hydra_client ADD COLUMN userinfo_signed_response_alg varchar(10) NOT NULL DEFAULT '';

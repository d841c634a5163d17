-- Tokens issued before this file have no subject of their own; the session carries it.
ALTER TABLE hydra_oauth2_access ADD COLUMN subject varchar(255) NOT NULL DEFAULT '';
ALTER TABLE hydra_oauth2_refresh ADD COLUMN subject varchar(255) NOT NULL DEFAULT '';
ALTER TABLE hydra_oauth2_code ADD COLUMN subject varchar(255) NOT NULL DEFAULT '';
ALTER TABLE hydra_oauth2_oidc ADD COLUMN subject varchar(255) NOT NULL DEFAULT '';
ALTER TABLE hydra_oauth2_pkce ADD COLUMN subject varchar(255) NOT NULL DEFAULT '';
ALTER TABLE hydra_oauth2_access ADD COLUMN active boolean NOT NULL DEFAULT true;
ALTER TABLE hydra_oauth2_refresh ADD COLUMN active boolean NOT NULL DEFAULT true;
ALTER TABLE hydra_oauth2_code ADD COLUMN active boolean NOT NULL DEFAULT true;
ALTER TABLE hydra_oauth2_oidc ADD COLUMN active boolean NOT NULL DEFAULT true;
ALTER TABLE hydra_oauth2_pkce ADD COLUMN active boolean NOT NULL DEFAULT true;

-- A token remembers the consent it rests on. Client credentials rest on none.
ALTER TABLE hydra_oauth2_access ADD COLUMN challenge_id varchar(40);
ALTER TABLE hydra_oauth2_refresh ADD COLUMN challenge_id varchar(40);
ALTER TABLE hydra_oauth2_code ADD COLUMN challenge_id varchar(40);
ALTER TABLE hydra_oauth2_oidc ADD COLUMN challenge_id varchar(40);
ALTER TABLE hydra_oauth2_pkce ADD COLUMN challenge_id varchar(40);

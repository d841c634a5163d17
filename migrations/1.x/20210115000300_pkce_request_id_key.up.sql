-- One proof key per authorization request: a second one would be somebody else's.
ALTER TABLE hydra_oauth2_pkce ADD CONSTRAINT hydra_oauth2_pkce_request_id_key UNIQUE (request_id);

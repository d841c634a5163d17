-- A rotated refresh token stays in its table, inactive, under the request it came from.
DROP INDEX hydra_oauth2_access_request_id_idx;
CREATE INDEX hydra_oauth2_access_request_id_idx ON hydra_oauth2_access (request_id);
DROP INDEX hydra_oauth2_refresh_request_id_idx;
CREATE INDEX hydra_oauth2_refresh_request_id_idx ON hydra_oauth2_refresh (request_id);
CREATE INDEX hydra_oauth2_code_request_id_idx ON hydra_oauth2_code (request_id);
CREATE INDEX hydra_oauth2_oidc_request_id_idx ON hydra_oauth2_oidc (request_id);

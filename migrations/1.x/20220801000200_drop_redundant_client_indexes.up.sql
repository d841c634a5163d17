-- The indexes on (client_id, subject) answer for the client alone as well.
DROP INDEX hydra_oauth2_access_client_id_idx;
DROP INDEX hydra_oauth2_refresh_client_id_idx;

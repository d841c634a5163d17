DROP INDEX hydra_oauth2_authentication_session_subject_idx;
-- Any invented time would turn an unfinished login into a finished one.
DELETE FROM hydra_oauth2_authentication_session WHERE authenticated_at IS NULL;
ALTER TABLE hydra_oauth2_authentication_session ALTER COLUMN authenticated_at SET NOT NULL;

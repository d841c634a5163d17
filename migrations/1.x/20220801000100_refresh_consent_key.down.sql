ALTER TABLE hydra_oauth2_refresh DROP CONSTRAINT hydra_oauth2_refresh_consent_request_fk;
ALTER TABLE hydra_oauth2_refresh
  ADD CONSTRAINT hydra_oauth2_refresh_challenge_id_fk
    FOREIGN KEY (challenge_id) REFERENCES hydra_oauth2_consent_request_handled (challenge) ON DELETE CASCADE;

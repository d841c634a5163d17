-- A refresh token outlives the answer it was granted by; it must not outlive the request for consent.
ALTER TABLE hydra_oauth2_refresh DROP CONSTRAINT hydra_oauth2_refresh_challenge_id_fk;
ALTER TABLE hydra_oauth2_refresh
  ADD CONSTRAINT hydra_oauth2_refresh_consent_request_fk
    FOREIGN KEY (challenge_id) REFERENCES hydra_oauth2_consent_request (challenge) ON DELETE CASCADE;

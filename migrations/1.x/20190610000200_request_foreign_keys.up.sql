ALTER TABLE hydra_oauth2_authentication_request
  ADD CONSTRAINT hydra_oauth2_authentication_request_client_id_fk
    FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE,
  ADD CONSTRAINT hydra_oauth2_authentication_request_login_session_id_fk
    FOREIGN KEY (login_session_id) REFERENCES hydra_oauth2_authentication_session (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_authentication_request_handled
  ADD CONSTRAINT hydra_oauth2_authentication_request_handled_challenge_fk
    FOREIGN KEY (challenge) REFERENCES hydra_oauth2_authentication_request (challenge) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_consent_request
  ADD CONSTRAINT hydra_oauth2_consent_request_client_id_fk
    FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE,
  ADD CONSTRAINT hydra_oauth2_consent_request_login_session_id_fk
    FOREIGN KEY (login_session_id) REFERENCES hydra_oauth2_authentication_session (id) ON DELETE SET NULL,
  ADD CONSTRAINT hydra_oauth2_consent_request_login_challenge_fk
    FOREIGN KEY (login_challenge) REFERENCES hydra_oauth2_authentication_request (challenge) ON DELETE SET NULL;
ALTER TABLE hydra_oauth2_consent_request_handled
  ADD CONSTRAINT hydra_oauth2_consent_request_handled_challenge_fk
    FOREIGN KEY (challenge) REFERENCES hydra_oauth2_consent_request (challenge) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_logout_request
  ADD CONSTRAINT hydra_oauth2_logout_request_client_id_fk
    FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_obfuscated_authentication_session
  ADD CONSTRAINT hydra_oauth2_obfuscated_authentication_session_client_id_fk
    FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;

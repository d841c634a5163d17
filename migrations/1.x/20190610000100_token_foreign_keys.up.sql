ALTER TABLE hydra_oauth2_access ADD CONSTRAINT hydra_oauth2_access_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_access ADD CONSTRAINT hydra_oauth2_access_challenge_id_fk
  FOREIGN KEY (challenge_id) REFERENCES hydra_oauth2_consent_request_handled (challenge) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_refresh ADD CONSTRAINT hydra_oauth2_refresh_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_refresh ADD CONSTRAINT hydra_oauth2_refresh_challenge_id_fk
  FOREIGN KEY (challenge_id) REFERENCES hydra_oauth2_consent_request_handled (challenge) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_code ADD CONSTRAINT hydra_oauth2_code_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_code ADD CONSTRAINT hydra_oauth2_code_challenge_id_fk
  FOREIGN KEY (challenge_id) REFERENCES hydra_oauth2_consent_request_handled (challenge) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_oidc ADD CONSTRAINT hydra_oauth2_oidc_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_oidc ADD CONSTRAINT hydra_oauth2_oidc_challenge_id_fk
  FOREIGN KEY (challenge_id) REFERENCES hydra_oauth2_consent_request_handled (challenge) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_pkce ADD CONSTRAINT hydra_oauth2_pkce_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_pkce ADD CONSTRAINT hydra_oauth2_pkce_challenge_id_fk
  FOREIGN KEY (challenge_id) REFERENCES hydra_oauth2_consent_request_handled (challenge) ON DELETE CASCADE;

CREATE UNIQUE INDEX hydra_client_idx_id_uq ON hydra_client (id);
ALTER TABLE hydra_oauth2_access ADD CONSTRAINT hydra_oauth2_access_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_refresh ADD CONSTRAINT hydra_oauth2_refresh_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_code ADD CONSTRAINT hydra_oauth2_code_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_oidc ADD CONSTRAINT hydra_oauth2_oidc_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_pkce ADD CONSTRAINT hydra_oauth2_pkce_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_authentication_request ADD CONSTRAINT hydra_oauth2_authentication_request_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_consent_request ADD CONSTRAINT hydra_oauth2_consent_request_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_logout_request ADD CONSTRAINT hydra_oauth2_logout_request_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_obfuscated_authentication_session ADD CONSTRAINT hydra_oauth2_obfuscated_authentication_session_client_id_fk
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;
ALTER TABLE hydra_oauth2_jti_blacklist ADD CONSTRAINT hydra_oauth2_jti_blacklist_client_id_fkey
  FOREIGN KEY (client_id) REFERENCES hydra_client (id) ON DELETE CASCADE;

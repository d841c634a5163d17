-- An empty sid means that the client began the logout without naming a session.
ALTER TABLE hydra_oauth2_logout_request ADD COLUMN login_session_id varchar(40);
UPDATE hydra_oauth2_logout_request SET login_session_id = sid WHERE sid <> '';
ALTER TABLE hydra_oauth2_logout_request
  ADD CONSTRAINT hydra_oauth2_logout_request_login_session_id_fk
    FOREIGN KEY (login_session_id) REFERENCES hydra_oauth2_authentication_session (id) ON DELETE SET NULL;
CREATE INDEX hydra_oauth2_logout_request_client_id_idx ON hydra_oauth2_logout_request (client_id);
CREATE INDEX hydra_oauth2_logout_request_login_session_id_idx ON hydra_oauth2_logout_request (login_session_id);

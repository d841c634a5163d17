ALTER TABLE hydra_oauth2_authentication_session ADD COLUMN remember boolean NOT NULL DEFAULT false;
ALTER TABLE hydra_oauth2_authentication_request ADD COLUMN login_session_id varchar(40);
ALTER TABLE hydra_oauth2_authentication_request_handled
  ADD COLUMN forced_subject_identifier varchar(255),
  ADD COLUMN context text NOT NULL DEFAULT '{}';
ALTER TABLE hydra_oauth2_consent_request
  ADD COLUMN forced_subject_identifier varchar(255),
  ADD COLUMN login_session_id varchar(40),
  ADD COLUMN login_challenge varchar(40),
  ADD COLUMN acr text NOT NULL DEFAULT '',
  ADD COLUMN context text NOT NULL DEFAULT '{}';

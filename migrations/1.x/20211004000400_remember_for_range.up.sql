-- The betas wrote -1 for "as long as the session lasts"; 1.0 writes 0 for it.
UPDATE hydra_oauth2_consent_request_handled SET remember_for = 0 WHERE remember_for < 0;
ALTER TABLE hydra_oauth2_consent_request_handled
  ADD CONSTRAINT hydra_oauth2_consent_request_handled_remember_for_check CHECK (remember_for >= 0);
UPDATE hydra_oauth2_authentication_request_handled SET remember_for = 0 WHERE remember_for < 0;
ALTER TABLE hydra_oauth2_authentication_request_handled
  ADD CONSTRAINT hydra_oauth2_authentication_request_handled_remember_for_check CHECK (remember_for >= 0);

UPDATE hydra_oauth2_consent_request
  SET amr = CASE WHEN acr = '2' THEN 'pwd|otp' ELSE '' END
  WHERE amr IS NULL;
UPDATE hydra_oauth2_authentication_request_handled
  SET amr = CASE WHEN acr = '2' THEN 'pwd|otp' ELSE '' END;

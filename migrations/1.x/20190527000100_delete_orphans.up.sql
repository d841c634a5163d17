-- Tokens whose client was deleted are dead already; the keys of 20190610000100 would refuse them.
DELETE FROM hydra_oauth2_access WHERE client_id NOT IN (SELECT id FROM hydra_client);
DELETE FROM hydra_oauth2_refresh WHERE client_id NOT IN (SELECT id FROM hydra_client);
DELETE FROM hydra_oauth2_code WHERE client_id NOT IN (SELECT id FROM hydra_client);
DELETE FROM hydra_oauth2_oidc WHERE client_id NOT IN (SELECT id FROM hydra_client);
DELETE FROM hydra_oauth2_pkce WHERE client_id NOT IN (SELECT id FROM hydra_client);
DELETE FROM hydra_oauth2_authentication_request WHERE client_id NOT IN (SELECT id FROM hydra_client);
DELETE FROM hydra_oauth2_consent_request WHERE client_id NOT IN (SELECT id FROM hydra_client);
DELETE FROM hydra_oauth2_authentication_request_handled
  WHERE challenge NOT IN (SELECT challenge FROM hydra_oauth2_authentication_request);
DELETE FROM hydra_oauth2_consent_request_handled
  WHERE challenge NOT IN (SELECT challenge FROM hydra_oauth2_consent_request);

UPDATE hydra_oauth2_authentication_request SET nid = (SELECT id FROM networks LIMIT 1);
UPDATE hydra_oauth2_consent_request SET nid = (SELECT id FROM networks LIMIT 1);

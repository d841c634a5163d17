UPDATE hydra_oauth2_authentication_session SET nid = (SELECT id FROM networks LIMIT 1);
UPDATE hydra_jwk SET nid = (SELECT id FROM networks LIMIT 1);

UPDATE hydra_oauth2_logout_request SET nid = (SELECT id FROM networks LIMIT 1);
UPDATE hydra_oauth2_obfuscated_authentication_session SET nid = (SELECT id FROM networks LIMIT 1);
UPDATE hydra_oauth2_jti_blacklist SET nid = (SELECT id FROM networks LIMIT 1);

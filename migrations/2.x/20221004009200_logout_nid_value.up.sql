UPDATE hydra_oauth2_logout_request SET nid = (SELECT id FROM networks LIMIT 1);

UPDATE hydra_oauth2_code SET nid = (SELECT id FROM networks LIMIT 1);

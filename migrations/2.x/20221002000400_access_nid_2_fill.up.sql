UPDATE hydra_oauth2_access SET nid = (SELECT id FROM networks LIMIT 1);

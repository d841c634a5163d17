UPDATE hydra_oauth2_refresh SET nid = (SELECT id FROM networks LIMIT 1);

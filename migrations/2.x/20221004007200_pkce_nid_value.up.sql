UPDATE hydra_oauth2_pkce SET nid = (SELECT id FROM networks LIMIT 1);

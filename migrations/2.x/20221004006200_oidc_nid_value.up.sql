UPDATE hydra_oauth2_oidc SET nid = (SELECT id FROM networks LIMIT 1);

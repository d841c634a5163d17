UPDATE hydra_oauth2_code SET nid = (SELECT id FROM networks LIMIT 1);
UPDATE hydra_oauth2_oidc SET nid = (SELECT id FROM networks LIMIT 1);
UPDATE hydra_oauth2_pkce SET nid = (SELECT id FROM networks LIMIT 1);

UPDATE hydra_jwk SET nid = (SELECT id FROM networks LIMIT 1);

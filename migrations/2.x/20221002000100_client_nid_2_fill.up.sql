UPDATE hydra_client SET nid = (SELECT id FROM networks LIMIT 1);

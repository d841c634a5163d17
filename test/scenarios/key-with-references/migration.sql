-- What referred to the old key refers to the new one, or to the same columns, which stay unique.
ALTER TABLE grants DROP CONSTRAINT grants_client;
ALTER TABLE flows DROP CONSTRAINT flows_client;
ALTER TABLE clients ADD CONSTRAINT clients_id_once UNIQUE (id);
ALTER TABLE clients DROP CONSTRAINT clients_id, ADD CONSTRAINT clients_id PRIMARY KEY (id, nid);
ALTER TABLE grants ADD CONSTRAINT grants_client FOREIGN KEY (client, nid) REFERENCES clients (id, nid) ON DELETE CASCADE;
ALTER TABLE flows ADD CONSTRAINT flows_client FOREIGN KEY (client) REFERENCES clients (id);

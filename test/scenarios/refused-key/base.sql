CREATE TABLE clients (id text CONSTRAINT clients_id PRIMARY KEY, nid bigint NOT NULL, note text);
CREATE TABLE grants (client text CONSTRAINT grants_client REFERENCES clients ON DELETE CASCADE, nid bigint);
CREATE TABLE keys (kid text CONSTRAINT keys_kid PRIMARY KEY, nid bigint NOT NULL);

CREATE TABLE clients (id text CONSTRAINT clients_id PRIMARY KEY, nid bigint NOT NULL, note text);
CREATE TABLE grants (client text CONSTRAINT grants_client REFERENCES clients ON DELETE CASCADE, nid bigint);
CREATE TABLE flows (client text CONSTRAINT flows_client REFERENCES clients);
INSERT INTO clients VALUES ('one', 1, NULL), ('two', 2, NULL);
INSERT INTO grants VALUES ('one', 1), ('two', 2), ('two', NULL);
INSERT INTO flows VALUES ('two'), (NULL);

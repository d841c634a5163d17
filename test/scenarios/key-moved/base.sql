CREATE TABLE clients (pk uuid PRIMARY KEY, id varchar(255) NOT NULL, nid uuid NOT NULL, name text);
INSERT INTO clients SELECT md5('p' || n)::uuid, 'client ' || n, md5('n')::uuid FROM generate_series(1, 100) AS n;

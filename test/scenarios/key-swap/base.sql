CREATE TABLE tokens (pk serial PRIMARY KEY, id uuid NOT NULL, nid uuid NOT NULL);
INSERT INTO tokens (id, nid) SELECT md5(n::text)::uuid, md5('n')::uuid FROM generate_series(1, 100) AS n;

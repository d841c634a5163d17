CREATE TABLE keys (kid text CONSTRAINT keys_kid PRIMARY KEY, nid bigint NOT NULL, id bigint NOT NULL UNIQUE);

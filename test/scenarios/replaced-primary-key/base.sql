CREATE TABLE sessions (id text PRIMARY KEY, nid bigint NOT NULL DEFAULT 1, subject text);

-- The table is never without a primary key.
CREATE UNIQUE INDEX tokens_id_nid ON tokens (id, nid);
ALTER TABLE tokens DROP CONSTRAINT tokens_pkey, ADD CONSTRAINT tokens_pkey PRIMARY KEY USING INDEX tokens_id_nid;

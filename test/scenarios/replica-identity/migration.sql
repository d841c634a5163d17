CREATE UNIQUE INDEX sessions_nid_id ON sessions (nid, id);
ALTER TABLE sessions DROP CONSTRAINT sessions_id;
ALTER TABLE sessions ADD CONSTRAINT sessions_id PRIMARY KEY (id, nid);
ALTER TABLE sessions REPLICA IDENTITY USING INDEX sessions_nid_id;
ALTER TABLE devices REPLICA IDENTITY FULL;
-- Nothing is said of its replica identity.
ALTER TABLE logins DROP CONSTRAINT logins_id, ADD CONSTRAINT logins_id PRIMARY KEY (id, device);

CREATE TABLE sessions (id text CONSTRAINT sessions_id PRIMARY KEY, nid bigint NOT NULL, seen timestamptz);
ALTER TABLE sessions REPLICA IDENTITY USING INDEX sessions_id;
CREATE TABLE devices (id bigint PRIMARY KEY, code text NOT NULL);
CREATE UNIQUE INDEX devices_code ON devices (code);
ALTER TABLE devices REPLICA IDENTITY USING INDEX devices_code;
CREATE TABLE logins (id bigint CONSTRAINT logins_id PRIMARY KEY, device bigint NOT NULL);
ALTER TABLE logins REPLICA IDENTITY USING INDEX logins_id;

-- A table that nobody knows yet: nothing about it has to be careful, but for the key into a table in use.
CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts (id),
  state text NOT NULL DEFAULT 'open'
);
CREATE INDEX sessions_account ON sessions (account_id);
ALTER TABLE sessions ADD CONSTRAINT sessions_state CHECK (state <> '');
ALTER TABLE sessions ALTER COLUMN state DROP DEFAULT;
COMMENT ON TABLE sessions IS 'One row for each browser.';
CREATE TABLE session_kinds (name text PRIMARY KEY);
INSERT INTO session_kinds VALUES ('browser'), ('device');

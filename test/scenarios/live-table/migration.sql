-- By the time that accounts.kind can be added again, the new application fills the new table: its index is no longer free.
CREATE TABLE kinds (id bigint PRIMARY KEY, name text NOT NULL);
ALTER TABLE accounts DROP COLUMN kind;
ALTER TABLE accounts ADD COLUMN kind bigint;
ALTER TABLE kinds ADD COLUMN account_kind bigint;
ALTER TABLE accounts DROP COLUMN kind;
DROP TABLE kinds;

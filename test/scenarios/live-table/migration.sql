-- The view needs the second accounts.kind, which needs a deploy to end first. By then the new application fills the new
-- table, and what was free on it in the first stage is not free any more.
CREATE TABLE kinds (id bigint PRIMARY KEY, name text NOT NULL);
CREATE INDEX kinds_name ON kinds (name);
ALTER TABLE accounts DROP COLUMN kind;
ALTER TABLE accounts ADD COLUMN kind bigint;
ALTER TABLE kinds ADD COLUMN note text;
CREATE TRIGGER kinds_guard BEFORE UPDATE ON kinds FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE VIEW account_kinds AS SELECT a.id, k.name FROM accounts a JOIN kinds k ON k.id = a.kind;
CREATE INDEX kinds_note ON kinds (note);
ALTER TABLE kinds DROP COLUMN note;

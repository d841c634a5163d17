-- Statements that no action describes: each runs exactly once, in the author's order.
CREATE TYPE weather AS ENUM ('wet', 'dry');
CREATE TABLE days (day date PRIMARY KEY, weather weather NOT NULL DEFAULT 'dry');
ALTER TABLE people ADD COLUMN met date REFERENCES days;
ALTER TABLE people ADD COLUMN likes weather;
CREATE OR REPLACE VIEW names AS SELECT id, name, met FROM people;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER people_touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
GRANT SELECT ON names, people TO PUBLIC;
ALTER TABLE people ALTER COLUMN id SET STATISTICS 200;
ALTER TABLE people SET (fillfactor = 90);
CREATE STATISTICS people_stats ON name, mood FROM people;
ANALYZE people;
ALTER TYPE mood ADD VALUE 'mad';
CREATE SEQUENCE numbers;

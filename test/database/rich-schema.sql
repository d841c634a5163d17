-- One of everything that a catalog reader meets. Runs on 14 to 18, as a superuser, in an empty database.
CREATE SCHEMA app;
CREATE SCHEMA "Mixed Case";
CREATE SCHEMA lockstep;
CREATE TABLE lockstep.journal (id bigint PRIMARY KEY);

CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok', 'happy');
CREATE TYPE app.point3 AS (x integer, y integer, "Z" numeric(6,2));
CREATE DOMAIN app.email AS text COLLATE "C" DEFAULT 'nobody@example.org' NOT NULL
  CONSTRAINT email_at CHECK (position('@' in VALUE) > 0);
CREATE TYPE app.period AS RANGE (subtype = date);
CREATE SEQUENCE app.loose AS smallint START 5 INCREMENT 5 MAXVALUE 500 CYCLE;

CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;
CREATE FUNCTION app.add(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION app.add(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT a || b';
CREATE PROCEDURE app.nothing() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE app.total (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');

CREATE TABLE app.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email app.email,
  mood app.mood DEFAULT 'happy',
  name character varying(255) COLLATE "C" NOT NULL,
  name_length integer GENERATED ALWAYS AS (length(name)) STORED,
  gone integer,
  position app.point3,
  tags text[] DEFAULT '{}',
  updated_at timestamptz NOT NULL DEFAULT now(),
  balance numeric(12,2) DEFAULT 0 CONSTRAINT balance_positive CHECK (balance >= 0)
);
ALTER TABLE app.customers DROP COLUMN gone;
ALTER TABLE app.customers ADD CONSTRAINT name_present CHECK (name <> '') NOT VALID;
ALTER TABLE app.customers ALTER COLUMN name SET STATISTICS 500;
ALTER TABLE app.customers ALTER COLUMN name SET STORAGE EXTERNAL;
ALTER TABLE app.customers SET (fillfactor = 80, autovacuum_enabled = false);
CREATE UNIQUE INDEX customers_email ON app.customers (lower(email)) INCLUDE (name) WHERE email IS NOT NULL;
CREATE INDEX customers_tags ON app.customers USING gin (tags);
CREATE INDEX customers_mixed ON app.customers (id DESC NULLS LAST, (id + 1), name text_pattern_ops);
CREATE TRIGGER touch BEFORE UPDATE OF name ON app.customers FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TRIGGER touch_new BEFORE INSERT ON app.customers FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TRIGGER touch_off BEFORE UPDATE ON app.customers FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TRIGGER "~lockstep_sync" BEFORE UPDATE ON app.customers FOR EACH ROW EXECUTE FUNCTION app.touch();
ALTER TABLE app.customers DISABLE TRIGGER touch_off;
CREATE STATISTICS app.customers_pair (dependencies) ON name, mood FROM app.customers;
COMMENT ON TABLE app.customers IS 'Who buys';
COMMENT ON COLUMN app.customers.email IS 'Where to write';
COMMENT ON CONSTRAINT balance_positive ON app.customers IS 'No credit';
COMMENT ON INDEX app.customers_tags IS 'For the search';

CREATE TABLE "Mixed Case"."Orders" (
  "Id" serial PRIMARY KEY,
  "customerId" bigint REFERENCES app.customers ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  "a column name that is exactly sixty-three bytes long, no more" text,
  during tstzrange,
  CONSTRAINT "not twice" EXCLUDE USING gist (during WITH &&),
  CONSTRAINT "Pair" UNIQUE ("customerId", "Id")
);
ALTER TABLE "Mixed Case"."Orders" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON "Mixed Case"."Orders" AS RESTRICTIVE FOR SELECT USING ("customerId" > 0);
CREATE POLICY "add" ON "Mixed Case"."Orders" FOR INSERT WITH CHECK (true);
ALTER TABLE "Mixed Case"."Orders" REPLICA IDENTITY FULL;

CREATE TABLE app.events (
  id bigint NOT NULL,
  at date NOT NULL,
  body jsonb,
  customer bigint REFERENCES app.customers,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE app.events_2024 PARTITION OF app.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE app.events_rest PARTITION OF app.events DEFAULT;
CREATE INDEX events_at ON app.events (at);
CREATE TRIGGER events_touch AFTER UPDATE ON app.events FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TABLE app.event_notes (id bigint, at date, FOREIGN KEY (id, at) REFERENCES app.events);

CREATE TABLE app.base (a integer, b integer);
CREATE TABLE app.derived (c integer) INHERITS (app.base);
CREATE UNLOGGED TABLE app.scratch (a integer);

CREATE VIEW app.rich WITH (security_barrier) AS
  SELECT c.id, c.name FROM app.customers c JOIN "Mixed Case"."Orders" o ON o."customerId" = c.id WHERE c.balance > 1000;
-- Two tables: of one alone, releases from 16 on print the columns unqualified.
CREATE MATERIALIZED VIEW app.counts AS
  SELECT c.mood, count(*) AS n FROM app.customers c CROSS JOIN app.base b GROUP BY c.mood WITH NO DATA;
CREATE UNIQUE INDEX counts_mood ON app.counts (mood);
CREATE RULE quiet AS ON DELETE TO app.scratch DO INSTEAD NOTHING;

GRANT SELECT, UPDATE (name) ON app.customers TO PUBLIC;
REVOKE EXECUTE ON FUNCTION app.add(text, text) FROM PUBLIC;
GRANT USAGE ON SCHEMA app TO PUBLIC;

CREATE FUNCTION app.log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER log_ddl ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION app.log_ddl();
CREATE PUBLICATION everything FOR TABLE app.customers, "Mixed Case"."Orders";
CREATE COLLATION app.plain (provider = libc, locale = 'C');

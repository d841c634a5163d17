CREATE SCHEMA "Auth";
CREATE TABLE networks (id uuid PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now());
INSERT INTO networks VALUES ('0b6f3b0e-8f6b-4d2a-9d5c-3d4c1f0e7a11', '2024-01-01');
CREATE TABLE "Auth"."Clients" (id varchar(255) PRIMARY KEY, name text NOT NULL);
INSERT INTO "Auth"."Clients" SELECT 'client-' || n, 'Client ' || n FROM generate_series(1, 200) AS n;
CREATE TABLE "Auth"."an_access_token_table_with_a_name_as_long_as_postgresql_allows_1" (
  signature text PRIMARY KEY,
  client_id varchar(255) NOT NULL REFERENCES "Auth"."Clients"
);
INSERT INTO "Auth"."an_access_token_table_with_a_name_as_long_as_postgresql_allows_1"
  SELECT 'token-' || n, 'client-' || n FROM generate_series(1, 200) AS n;
CREATE TABLE audited (id bigint PRIMARY KEY, changed integer NOT NULL DEFAULT 0);
INSERT INTO audited SELECT generate_series(1, 50);
CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.changed := OLD.changed + 1; RETURN NEW; END';
CREATE TRIGGER count_changes BEFORE UPDATE ON audited FOR EACH ROW EXECUTE FUNCTION count_change();

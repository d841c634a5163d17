ALTER TABLE "Auth"."Clients"
  ADD COLUMN nid uuid NULL,
  ADD COLUMN "Kind" text COLLATE "C",
  ADD COLUMN created_on date,
  ADD CONSTRAINT clients_nid_fk FOREIGN KEY (nid) REFERENCES networks (id) ON DELETE CASCADE;
ALTER TABLE "Auth"."an_access_token_table_with_a_name_as_long_as_postgresql_allows_1"
  ADD COLUMN nid uuid NULL REFERENCES networks (id);
ALTER TABLE audited ADD COLUMN state integer;

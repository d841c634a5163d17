ALTER TABLE "Auth"."Clients" ALTER nid SET NOT NULL, ALTER "Kind" SET NOT NULL, ALTER "Kind" SET DEFAULT 'private';
ALTER TABLE "Auth"."an_access_token_table_with_a_name_as_long_as_postgresql_allows_1" ALTER nid SET NOT NULL;
CREATE INDEX ON "Auth"."Clients" (nid);

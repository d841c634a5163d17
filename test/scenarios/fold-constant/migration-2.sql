UPDATE "Auth"."Clients" SET nid = (SELECT id FROM networks LIMIT 1);
UPDATE "Auth"."an_access_token_table_with_a_name_as_long_as_postgresql_allows_1"
   SET nid = (SELECT id FROM networks LIMIT 1);
UPDATE "Auth"."Clients" SET "Kind" = lower('PUBLIC'), created_on = '2024-02-29'::date;
-- lockstep: triggers fire because the count must show that the row was touched
UPDATE audited SET state = 1;

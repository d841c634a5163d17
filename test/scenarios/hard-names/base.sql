CREATE SCHEMA "Shop";
CREATE TABLE "Shop"."Order.Lines" (
  "Id" bigint PRIMARY KEY,
  "select" text NOT NULL,
  "a""b" int DEFAULT 3,
  a_name_that_fills_all_of_the_sixty_three_bytes_that_postgres_has int
);
CREATE INDEX "Order.Lines_select" ON "Shop"."Order.Lines" ("select");
INSERT INTO "Shop"."Order.Lines" SELECT n, 'x', n, n FROM generate_series(1, 50) AS n;

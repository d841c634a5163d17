-- Names that must be quoted in every object, condition and undo.
ALTER TABLE "Shop"."Order.Lines" ADD COLUMN "Émile" varchar(3) DEFAULT 'a''b', ADD COLUMN "c,d" int CHECK ("c,d" > 0);
ALTER TABLE ONLY "Shop"."Order.Lines" ALTER COLUMN "a""b" DROP DEFAULT;
ALTER TABLE "Shop"."Order.Lines" DROP COLUMN "select";
CREATE TABLE "Shop"."Line.Notes" ("Line" bigint REFERENCES "Shop"."Order.Lines", note text);
CREATE UNIQUE INDEX ON "Shop"."Line.Notes" ("Line");
ALTER TABLE "Shop"."Line.Notes" ADD UNIQUE (note), ADD CHECK (note <> '');
COMMENT ON COLUMN "Shop"."Order.Lines"."a""b" IS 'x';
ALTER TABLE "Shop"."Order.Lines" ADD COLUMN IF NOT EXISTS "Id" bigint;

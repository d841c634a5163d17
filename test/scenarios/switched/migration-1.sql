-- A view over a column that gets a wider type: gone and back in the transaction that changes the type, with its grants.
DROP VIEW "Desk"."Open";
ALTER TABLE "Desk"."Tickets" ALTER COLUMN title TYPE text;
ALTER TABLE "Desk"."Tickets" ADD COLUMN urgent boolean NOT NULL DEFAULT false;
CREATE VIEW "Desk"."Open" AS SELECT id, title, urgent FROM "Desk"."Tickets" WHERE closed_at IS NULL;
GRANT SELECT ON "Desk"."Open" TO PUBLIC;
COMMENT ON VIEW "Desk"."Open" IS 'Tickets that nobody has closed';

-- The author's own transaction, kept as one step.
BEGIN;
DROP VIEW "Desk"."Open";
CREATE VIEW "Desk"."Open" AS SELECT id, title, urgent, owner FROM "Desk"."Tickets" WHERE closed_at IS NULL;
COMMIT;

DROP TRIGGER stamp ON "Desk"."Tickets";
DROP FUNCTION "Desk".stamp();
DROP POLICY own ON "Desk".notes;
-- Row level security before its first policy: nobody may see an empty table in between.
ALTER TABLE "Desk"."Tickets" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON "Desk"."Tickets" USING (owner = current_user);
CREATE POLICY clerks ON "Desk"."Tickets" FOR SELECT USING (state = 'new');

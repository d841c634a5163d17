UPDATE accounts SET "Plan" = 'free' WHERE "Plan" IS NULL;
UPDATE accounts SET region = lower(coalesce(note, 'eu')) WHERE region IS NULL;
ALTER TABLE accounts ALTER COLUMN "Plan" SET NOT NULL, ALTER COLUMN region SET NOT NULL;

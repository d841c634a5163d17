-- Three pieces that only add go together; the one that takes away waits for the deploy.
ALTER TABLE shop."Orders"
  ADD COLUMN note text,
  ADD COLUMN "placedAt" timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN total numeric(12, 2),
  DROP COLUMN "oldNote";

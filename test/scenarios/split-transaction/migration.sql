-- lockstep: allow split-transaction because the column is not read before the index is there
BEGIN;
ALTER TABLE accounts ADD COLUMN handle text;
CREATE INDEX accounts_handle ON accounts (handle);
COMMIT;

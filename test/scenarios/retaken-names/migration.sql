-- Looking for the name afterwards would find the one that was there before: only the journal knows whether this ran.
ALTER TABLE tokens DROP CONSTRAINT known, ADD CONSTRAINT known CHECK (state <> 'y') NOT VALID;
ALTER TABLE tokens DROP COLUMN note, ADD COLUMN note int;

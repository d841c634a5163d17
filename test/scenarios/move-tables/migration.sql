-- Under both names at once; what comes after speaks of the new one.
ALTER TABLE people RENAME TO persons;
ALTER TABLE persons ADD COLUMN mail text;
CREATE INDEX persons_name ON persons (name);
ALTER TABLE visits ADD CONSTRAINT visits_cost CHECK (cost >= 0);

-- The view over the old columns holds them fast: it goes first.
ALTER TABLE persons DROP COLUMN title;

-- What the old application still reads through the view must keep its type until it is gone.
ALTER TABLE persons ALTER COLUMN name TYPE varchar(80);

-- A key of a table that moves away and gets another name.
ALTER TABLE rooms SET SCHEMA archive;
ALTER TABLE archive.rooms RENAME TO old_rooms;
ALTER TABLE archive.rooms_pkey RENAME TO old_rooms_pkey;
UPDATE archive.old_rooms SET label = 'none' WHERE label IS NULL;

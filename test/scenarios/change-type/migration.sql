ALTER TABLE parts ALTER COLUMN amount TYPE bigint, ALTER COLUMN label TYPE varchar(40);

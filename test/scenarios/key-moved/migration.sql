-- The old key's column may be NULL only once it is in no key.
ALTER TABLE clients DROP CONSTRAINT clients_pkey;
ALTER TABLE clients ALTER COLUMN pk DROP NOT NULL;
ALTER TABLE clients ADD PRIMARY KEY (id, nid);
-- Not the same as no default: the length makes a cast of it.
ALTER TABLE clients ALTER COLUMN id SET DEFAULT NULL, ADD COLUMN nick varchar(30) DEFAULT NULL;

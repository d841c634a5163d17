ALTER TABLE children DROP CONSTRAINT children_parent;
-- Neither writes what the foreign key looks at.
UPDATE children SET a = b || 'x' WHERE b IS NOT NULL;
UPDATE parents SET name = upper(name);

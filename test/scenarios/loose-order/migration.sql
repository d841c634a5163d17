ALTER TABLE children DROP CONSTRAINT children_parent;
-- Neither writes what the foreign key looks at.
UPDATE children SET a = b || 'x' WHERE b IS NOT NULL;
UPDATE parents SET name = upper(name);
-- Nothing waits for a comment but another on the same thing.
ALTER TABLE children DROP COLUMN b;
COMMENT ON TABLE children IS 'first';
COMMENT ON TABLE children IS 'They have parents.';
COMMENT ON COLUMN children.a IS 'Made of b.';
COMMENT ON COLUMN parents.name IS 'In capitals.';
ALTER TABLE children ADD COLUMN c text;
CREATE INDEX children_c ON children (c);
COMMENT ON COLUMN children.c IS 'New.';
COMMENT ON INDEX children_c IS 'For c.';
ALTER TABLE parents ADD CONSTRAINT named CHECK (name <> '');
COMMENT ON CONSTRAINT named ON parents IS 'Each has one.';

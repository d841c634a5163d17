-- Rows that are pinned by their key are steps of their own, run exactly once.
INSERT INTO kinds (id, name) VALUES (3, 'three') ON CONFLICT DO NOTHING;
INSERT INTO things VALUES (3, 3);
INSERT INTO kinds (id, name) SELECT 4, 'four' WHERE NOT EXISTS (SELECT FROM kinds WHERE name = 'four');
UPDATE kinds SET retired = true WHERE id = 1;
DELETE FROM things WHERE id = 2;
SELECT setval('counter', 100);
SELECT count(*) FROM things;
CREATE TABLE settings (name text PRIMARY KEY, value text);
INSERT INTO settings SELECT 'made', 'yes';
UPDATE settings SET value = 'no';
TRUNCATE settings;

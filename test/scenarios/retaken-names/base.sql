CREATE TABLE tokens (pk int PRIMARY KEY, state text, note text, CONSTRAINT known CHECK (state <> ''));
INSERT INTO tokens VALUES (1, 'x');

CREATE TABLE kinds (id int PRIMARY KEY, name text UNIQUE, retired boolean NOT NULL DEFAULT false);
CREATE TABLE things (id int PRIMARY KEY, kind int REFERENCES kinds);
CREATE SEQUENCE counter;
INSERT INTO kinds VALUES (1, 'one'), (2, 'two');
INSERT INTO things VALUES (1, 1), (2, 2);

CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE people (id int PRIMARY KEY, name varchar(20), mood mood);
CREATE VIEW names AS SELECT id, name FROM people;
INSERT INTO people VALUES (1, 'Ada', 'glad');

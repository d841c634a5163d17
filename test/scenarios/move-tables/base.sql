CREATE SCHEMA archive;
CREATE TABLE people (id bigint PRIMARY KEY, name varchar(40) NOT NULL, title text, age integer);
CREATE TABLE visits (id bigint PRIMARY KEY, person bigint NOT NULL REFERENCES people, note text, cost integer NOT NULL DEFAULT 0);
CREATE TABLE rooms (id bigint PRIMARY KEY, label text);
INSERT INTO people SELECT n, 'name ' || n, 'Dr', n FROM generate_series(1, 300) AS n;
INSERT INTO visits SELECT n, n, NULL, n FROM generate_series(1, 300) AS n;
INSERT INTO rooms SELECT n, 'room ' || n FROM generate_series(1, 300) AS n;

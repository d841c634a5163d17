CREATE TABLE old (id int PRIMARY KEY, note text);

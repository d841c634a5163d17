CREATE TABLE parents (id bigint PRIMARY KEY, name text);
CREATE TABLE children (
  id bigint PRIMARY KEY,
  parent bigint CONSTRAINT children_parent REFERENCES parents (id),
  a text,
  b text
);
INSERT INTO parents VALUES (1, 'one');
INSERT INTO children VALUES (1, 1, 'a', 'b'), (2, NULL, 'a', NULL);

CREATE TABLE orders (id int PRIMARY KEY, total int, note text);
CREATE VIEW totals AS SELECT id, total FROM orders;
CREATE VIEW notes AS SELECT id, note FROM orders;
CREATE MATERIALIZED VIEW sums AS SELECT sum(total) AS total FROM orders;

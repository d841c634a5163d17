DROP VIEW totals;
CREATE VIEW totals AS SELECT id, total AS amount FROM orders;
DROP VIEW notes;
CREATE VIEW notes AS SELECT o.id, upper(o.note), length(o.note) + 1 FROM orders o;
DROP MATERIALIZED VIEW sums;
CREATE MATERIALIZED VIEW sums AS SELECT sum(total) AS total, count(*) AS n FROM orders;

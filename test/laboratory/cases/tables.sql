-- CREATE TABLE
CREATE TEMPORARY TABLE fresh (id int)
CREATE UNLOGGED TABLE fresh (id int)
CREATE TABLE fresh (id serial PRIMARY KEY, word text)
CREATE TABLE fresh (id int GENERATED ALWAYS AS IDENTITY)
CREATE TABLE fresh OF pair
CREATE TABLE fresh (id int, feeling mood, word checked_text)
CREATE TABLE fresh (LIKE customers)
-- refused 42P01
CREATE TABLE fresh (id int REFERENCES fresh_too)
CREATE TABLE fresh (sale_id int, region_id int, FOREIGN KEY (sale_id, region_id) REFERENCES sales (id, region_id))
CREATE TABLE fresh (id int, other int, FOREIGN KEY (id) REFERENCES customers (small), FOREIGN KEY (other) REFERENCES staff)
CREATE TABLE fresh (id int) PARTITION BY RANGE (id)
CREATE TABLE fresh (extra int) INHERITS (base)
CREATE TABLE fresh PARTITION OF sales FOR VALUES IN (99)
CREATE TABLE fresh PARTITION OF sales_2 FOR VALUES FROM (10000) TO (20000)
CREATE TABLE fresh PARTITION OF events DEFAULT
CREATE TABLE fresh AS SELECT * FROM lonely WITH NO DATA
CREATE TABLE fresh AS SELECT 1 AS one
CREATE TABLE fresh AS SELECT l.id FROM lonely l JOIN staff s ON s.id = l.id
SELECT * INTO fresh FROM lonely
CREATE TABLE IF NOT EXISTS fresh (id int)
-- refused 42P07
CREATE TABLE lonely (id int)
CREATE FOREIGN TABLE fresh (id int) SERVER nobody
-- DROP TABLE
DROP TABLE lonely, boxed
-- refused 2BP01
DROP TABLE customers
-- refused 2BP01
DROP TABLE pairs, customers
DROP TABLE pairs
DROP TABLE events CASCADE
DROP TABLE sales CASCADE
-- refused 2BP01
DROP TABLE sales_1
-- refused 2BP01
DROP TABLE sales_2a
DROP TABLE sorted_rest
DROP TABLE hashed
DROP TABLE base CASCADE
DROP TABLE heir
DROP TABLE refunds
DROP TABLE staff CASCADE
DROP TABLE numbered
DROP TABLE strict
DROP TABLE away.child
DROP TABLE fleeting
DROP FOREIGN TABLE distant
-- TRUNCATE
TRUNCATE lonely, boxed
TRUNCATE events
TRUNCATE sales CASCADE
-- refused 0A000
TRUNCATE customers
TRUNCATE orders
TRUNCATE refunds
TRUNCATE numbered RESTART IDENTITY
TRUNCATE base
TRUNCATE ONLY base
TRUNCATE events_1
-- LOCK
LOCK TABLE lonely
LOCK TABLE lonely IN ACCESS SHARE MODE
LOCK TABLE lonely IN ROW SHARE MODE
LOCK TABLE lonely IN ROW EXCLUSIVE MODE
LOCK TABLE lonely IN SHARE UPDATE EXCLUSIVE MODE
LOCK TABLE lonely IN EXCLUSIVE MODE
LOCK TABLE lonely, staff IN SHARE MODE
LOCK TABLE ONLY events IN SHARE MODE
LOCK TABLE names IN SHARE MODE
LOCK TABLE base IN SHARE MODE
-- Names, owners, places
ALTER TABLE IF EXISTS no_such RENAME TO other
ALTER TABLE IF EXISTS no_such ADD COLUMN a int
ALTER TABLE events RENAME TO happenings
ALTER TABLE names RENAME TO labels
ALTER TABLE totals RENAME TO sums
ALTER TABLE base RENAME COLUMN id TO key
ALTER TABLE names RENAME COLUMN name TO label
ALTER TABLE customers RENAME CONSTRAINT customers_pkey TO customers_key
ALTER TABLE orders RENAME CONSTRAINT orders_other_fkey TO other
ALTER TABLE events SET SCHEMA away
ALTER TABLE numbered SET SCHEMA away
ALTER TABLE events OWNER TO CURRENT_USER
CREATE ROLE somebody; ALTER TABLE lonely OWNER TO somebody
CREATE ROLE somebody; ALTER TABLE numbered OWNER TO somebody
CREATE ROLE somebody; ALTER TABLE events OWNER TO somebody
ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default
-- refused 3F000
ALTER TABLE no_such.lonely RENAME TO alone
-- min 15
ALTER TABLE lonely SET ACCESS METHOD heap
-- max 14, refused 42601
ALTER TABLE lonely SET ACCESS METHOD heap
ALTER TABLE fleeting SET LOGGED
ALTER TABLE fleeting SET UNLOGGED
ALTER TABLE lonely SET LOGGED
-- refused 42P16
ALTER TABLE customers SET UNLOGGED
ALTER TABLE boxed SET UNLOGGED
ALTER TABLE lonely SET WITHOUT OIDS
-- Parameters
ALTER TABLE lonely RESET (fillfactor)
ALTER TABLE lonely SET (autovacuum_enabled = false)
ALTER TABLE lonely SET (autovacuum_vacuum_scale_factor = 0.1, toast.autovacuum_enabled = false)
ALTER TABLE lonely SET (toast_tuple_target = 500)
ALTER TABLE lonely SET (parallel_workers = 2)
ALTER TABLE lonely SET (vacuum_truncate = false)
ALTER TABLE lonely SET (user_catalog_table = true)
ALTER TABLE lonely RESET (user_catalog_table)
ALTER TABLE lonely SET (fillfactor = 70, user_catalog_table = true)
ALTER TABLE lonely SET (log_autovacuum_min_duration = 5)
ALTER TABLE events_1 SET (fillfactor = 70)
ALTER TABLE customers SET WITHOUT CLUSTER
ALTER TABLE customers REPLICA IDENTITY USING INDEX customers_pkey
ALTER TABLE customers REPLICA IDENTITY NOTHING
ALTER TABLE customers REPLICA IDENTITY DEFAULT
-- Triggers, rules, row security
ALTER TABLE orders DISABLE TRIGGER ALL
ALTER TABLE orders DISABLE TRIGGER USER
ALTER TABLE orders ENABLE TRIGGER orders_touch
ALTER TABLE orders ENABLE TRIGGER ALL
ALTER TABLE orders ENABLE TRIGGER USER
ALTER TABLE orders ENABLE ALWAYS TRIGGER orders_touch
ALTER TABLE orders ENABLE REPLICA TRIGGER orders_touch
ALTER TABLE events DISABLE TRIGGER ALL
ALTER TABLE staff DISABLE RULE quiet
ALTER TABLE staff ENABLE RULE quiet
ALTER TABLE staff ENABLE ALWAYS RULE quiet
ALTER TABLE staff ENABLE REPLICA RULE quiet
ALTER TABLE lonely DISABLE ROW LEVEL SECURITY
ALTER TABLE lonely FORCE ROW LEVEL SECURITY
ALTER TABLE lonely NO FORCE ROW LEVEL SECURITY
ALTER TABLE events ENABLE ROW LEVEL SECURITY
-- Inheritance and types
-- refused 42P07
ALTER TABLE heir INHERIT base
CREATE TABLE fresh (id int); ALTER TABLE fresh INHERIT base
ALTER TABLE pairs NOT OF
CREATE TABLE fresh (a int, b text); ALTER TABLE fresh OF pair
ALTER TABLE boxed OWNER TO CURRENT_USER, SET (fillfactor = 50)
-- Several actions
ALTER TABLE lonely ALTER COLUMN word SET STATISTICS 10, ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES customers (small) NOT VALID
ALTER TABLE lonely SET (fillfactor = 70), ALTER COLUMN word SET STATISTICS 10
ALTER TABLE lonely SET (fillfactor = 70), ADD COLUMN a int
ALTER TABLE orders DISABLE TRIGGER orders_touch, VALIDATE CONSTRAINT orders_other_fkey
-- Foreign tables
ALTER FOREIGN TABLE distant ADD COLUMN a int
ALTER FOREIGN TABLE distant OPTIONS (ADD a 'b')
ALTER FOREIGN TABLE distant RENAME TO remote
ALTER FOREIGN TABLE distant RENAME COLUMN word TO phrase
ALTER FOREIGN TABLE distant SET SCHEMA away
ALTER FOREIGN TABLE distant ALTER COLUMN word OPTIONS (ADD a 'b')
ALTER FOREIGN TABLE distant DROP COLUMN word
ALTER FOREIGN TABLE distant ADD CONSTRAINT c CHECK (id > 0)

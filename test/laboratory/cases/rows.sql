INSERT INTO lonely VALUES (1), (2), (3)
INSERT INTO lonely DEFAULT VALUES
INSERT INTO customers (id, email, proved, unproved) VALUES (9000, 'e', 1, 1) ON CONFLICT DO NOTHING
INSERT INTO customers (id, email, proved, unproved) VALUES (1, 'e', 1, 1) ON CONFLICT (id) DO UPDATE SET note = 'y'
INSERT INTO lonely (id) SELECT generate_series(1, 5)
INSERT INTO lonely (id) SELECT id FROM staff RETURNING id
-- refused 23502
INSERT INTO names (id, name) VALUES (9001, 'x')
INSERT INTO staff VALUES (9000, 1)
INSERT INTO counted DEFAULT VALUES
INSERT INTO numbered (word) VALUES ('x')
INSERT INTO refunds VALUES (1000, 1, 2)
INSERT INTO away.child VALUES (1)
-- refused 23503
INSERT INTO orders VALUES (1001, 999999)
-- refused 23505
INSERT INTO staff VALUES (1, NULL)
WITH moved AS (DELETE FROM lonely RETURNING id) INSERT INTO base SELECT id FROM moved
WITH source AS (SELECT id FROM staff) INSERT INTO base SELECT id FROM source
UPDATE orders SET total = 1
UPDATE orders SET customer_id = 1
UPDATE orders SET other_id = 5 WHERE id = 7
UPDATE customers SET small = small
UPDATE customers SET note = 'x' WHERE email = 'e5'
UPDATE lonely SET word = (SELECT count(*) FROM customers)::text
UPDATE lonely SET word = 'x' WHERE id IN (SELECT id FROM staff)
UPDATE base SET id = 3
UPDATE staff SET boss_id = 1
UPDATE names SET name = 'x'
UPDATE ONLY base SET id = 3
WITH big AS (SELECT id FROM customers) UPDATE lonely SET word = 'x' FROM big WHERE big.id = lonely.id
DELETE FROM orders
DELETE FROM orders WHERE id = 7
DELETE FROM lonely USING staff WHERE staff.id = lonely.id
DELETE FROM lonely WHERE id IN (SELECT id FROM staff)
DELETE FROM base
DELETE FROM refunds
-- refused 23503
DELETE FROM sales
-- refused 23503
DELETE FROM regions
-- min 15
MERGE INTO lonely USING customers ON customers.id = lonely.id WHEN MATCHED THEN UPDATE SET word = 'x'
-- min 15
MERGE INTO lonely USING customers ON customers.id = lonely.id + 1000 WHEN NOT MATCHED THEN INSERT VALUES (customers.id)
-- min 15
MERGE INTO lonely USING (SELECT id FROM staff) s ON s.id = lonely.id WHEN MATCHED THEN DELETE
-- max 14, refused 42601
MERGE INTO lonely USING customers ON customers.id = lonely.id WHEN MATCHED THEN UPDATE SET word = 'x'
SELECT * FROM lonely FOR SHARE
SELECT * FROM lonely FOR NO KEY UPDATE
SELECT * FROM lonely FOR KEY SHARE
SELECT * FROM lonely FOR UPDATE SKIP LOCKED
SELECT l.id FROM lonely l JOIN staff s ON s.id = l.id FOR UPDATE OF l
SELECT * FROM base
SELECT count_lonely()
SELECT fill_lonely()
SELECT now()
SELECT pg_sleep(0)
SELECT l.id FROM lonely l JOIN customers c ON c.id = l.id
EXPLAIN SELECT * FROM lonely
EXPLAIN ANALYZE SELECT * FROM lonely
EXPLAIN ANALYZE UPDATE lonely SET word = 'x'
EXPLAIN UPDATE lonely SET word = 'x'
COPY (SELECT * FROM lonely) TO '/dev/null'
COPY lonely (id) FROM PROGRAM 'echo 5'
COPY lonely (id) TO '/dev/null'
PREPARE later AS SELECT * FROM lonely
PREPARE later AS SELECT * FROM lonely; DEALLOCATE later
PREPARE later AS UPDATE lonely SET word = 'x'
DECLARE c CURSOR FOR SELECT * FROM lonely; FETCH 5 FROM c
TABLE lonely
VALUES (1), (2)
CALL nothing_at_all()
-- Blocks
DO $$ BEGIN UPDATE lonely SET word = 'x'; END $$
DO $$ BEGIN ALTER TABLE lonely ADD COLUMN a int; END $$
DO $$ BEGIN ALTER TABLE lonely ADD COLUMN IF NOT EXISTS a int; EXCEPTION WHEN duplicate_column THEN NULL; END $$
DO $$ BEGIN EXECUTE 'CREATE INDEX fresh ON lonely (id)'; END $$
DO $$ DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM lonely; END $$
DO $$ BEGIN CREATE TYPE fresh AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$
DO $$ BEGIN PERFORM count(*) FROM lonely; END $$
DO $$ BEGIN RAISE NOTICE 'nothing'; END $$
DO $$ BEGIN IF true THEN CREATE INDEX fresh ON lonely (id); ELSE CREATE INDEX fresh ON lonely (word); END IF; END $$
DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM staff LOOP UPDATE lonely SET word = 'x' WHERE id = r.id; END LOOP; END $$
DO $$ BEGIN FOR i IN 1..3 LOOP INSERT INTO base VALUES (i); END LOOP; END $$
DO LANGUAGE plpgsql 'BEGIN DELETE FROM lonely; END'
DO $$ BEGIN ALTER TABLE staff ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES staff; END $$
-- Transactions of several statements
ALTER TABLE lonely ADD COLUMN a int; UPDATE lonely SET a = id; ALTER TABLE lonely ALTER COLUMN a SET NOT NULL
ALTER TABLE lonely ADD COLUMN a int; CREATE INDEX ON lonely (a)
CREATE TABLE fresh (id int PRIMARY KEY); INSERT INTO fresh SELECT id FROM staff; ALTER TABLE lonely ADD FOREIGN KEY (id) REFERENCES fresh NOT VALID
CREATE TABLE fresh (id int); CREATE INDEX ON fresh (id); ALTER TABLE fresh ADD COLUMN a int; DROP TABLE fresh
DROP VIEW names CASCADE; ALTER TABLE customers ALTER COLUMN name TYPE varchar; CREATE VIEW names AS SELECT id, name FROM customers
ALTER TABLE lonely RENAME TO alone; CREATE VIEW lonely AS SELECT * FROM alone
ALTER TABLE lonely RENAME COLUMN word TO phrase; UPDATE lonely SET phrase = 'x'
ALTER TABLE customers DROP CONSTRAINT positive_check; ALTER TABLE customers ADD CONSTRAINT positive_check CHECK (positive > 1) NOT VALID
CREATE TYPE fresh AS ENUM ('a'); ALTER TABLE lonely ADD COLUMN a fresh DEFAULT 'a'
CREATE SEQUENCE fresh; ALTER TABLE lonely ADD COLUMN a int DEFAULT nextval('fresh')
LOCK TABLE lonely IN SHARE ROW EXCLUSIVE MODE; CREATE INDEX ON lonely (id); COMMENT ON TABLE lonely IS 'x'
CREATE INDEX ON lonely (id); ALTER TABLE lonely ALTER COLUMN word SET STATISTICS 5
SAVEPOINT s; ALTER TABLE lonely ADD COLUMN a int; RELEASE s; UPDATE staff SET boss_id = 1
SET LOCAL lock_timeout = '1s'; ALTER TABLE lonely ADD COLUMN a int
SET LOCAL search_path = away; ALTER TABLE child ADD COLUMN a int
ALTER TABLE away.child ADD COLUMN a int; ALTER TABLE away.child SET SCHEMA public; ALTER TABLE child ADD COLUMN b int
DELETE FROM orders; ALTER TABLE orders ADD COLUMN a int
UPDATE lonely SET word = 'x'; CREATE INDEX ON lonely (word)
LISTEN channel; NOTIFY channel
SHOW lock_timeout

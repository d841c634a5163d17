-- What each case of the laboratory meets: every table has rows, so that work on it is seen.
CREATE EXTENSION citext;
CREATE EXTENSION btree_gist;
CREATE SCHEMA away;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN checked_text AS text CHECK (VALUE <> '');
CREATE DOMAIN free_text AS text;
CREATE FUNCTION slow_default() RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 7; END';
CREATE TABLE customers (
  id bigint PRIMARY KEY, email varchar(100) NOT NULL UNIQUE, name text, note text, small int, proved int, unproved int,
  positive int, amount numeric(10,2), made timestamp(3), zoned timestamptz, day date, code char(3), bits varbit(8),
  words varchar(10)[], address cidr, mark xml, plain free_text, feeling mood, doc json,
  CONSTRAINT proved_not_null CHECK (proved IS NOT NULL AND proved > 0),
  CONSTRAINT positive_check CHECK (positive > 0));
ALTER TABLE customers ADD CONSTRAINT unproved_not_null CHECK (unproved IS NOT NULL) NOT VALID;
CREATE INDEX customers_name_idx ON customers (name);
CREATE INDEX customers_lower_note ON customers (lower(note));
CREATE UNIQUE INDEX customers_small_key ON customers (small);
CREATE UNIQUE INDEX customers_proved_key ON customers (proved);
CREATE INDEX customers_made_idx ON customers (made);
CREATE TABLE orders (
  id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  small int REFERENCES customers (small), total int, other_id bigint);
ALTER TABLE orders ADD CONSTRAINT orders_other_fkey FOREIGN KEY (other_id) REFERENCES customers (id) NOT VALID;
CREATE INDEX orders_customer ON orders (customer_id);
CREATE TABLE staff (id int PRIMARY KEY, boss_id int, CONSTRAINT staff_boss_fkey FOREIGN KEY (boss_id) REFERENCES staff (id));
CREATE TABLE lonely (id int, word text, "Mixed Case" int);
CREATE TABLE events (id int NOT NULL, at date NOT NULL, kind text, customer_id bigint) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE INDEX events_kind ON events (kind);
CREATE TABLE sorted (id int) PARTITION BY LIST (id);
CREATE TABLE sorted_1 PARTITION OF sorted FOR VALUES IN (1); CREATE TABLE sorted_rest PARTITION OF sorted DEFAULT;
INSERT INTO sorted SELECT i % 5 + 1 FROM generate_series(1, 100) i WHERE i % 5 <> 1; CREATE TABLE sorted_2 (id int);
INSERT INTO sorted_2 VALUES (77);
CREATE TABLE away.parent (id int PRIMARY KEY); CREATE TABLE away.child (id int REFERENCES away.parent);
CREATE TABLE free (a free_text); INSERT INTO free VALUES ('x');
CREATE TABLE events_3 (LIKE events INCLUDING ALL);
CREATE TABLE base (id int); CREATE TABLE heir () INHERITS (base);
INSERT INTO base VALUES (1); INSERT INTO heir VALUES (2);
INSERT INTO away.parent SELECT generate_series(1, 800); INSERT INTO away.child VALUES (1);
INSERT INTO sorted VALUES (1);
CREATE VIEW names AS SELECT id, name FROM customers;
CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum(total) AS total FROM orders GROUP BY 1;
CREATE UNIQUE INDEX totals_key ON totals (customer_id);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE POLICY mine ON lonely USING (true);
CREATE SEQUENCE counter;
CREATE STATISTICS customers_stats ON name, note FROM customers;
INSERT INTO customers (id, email, name, note, small, proved, positive, unproved)
  SELECT i, 'e' || i, 'n' || i, 'x', i, i, i, i FROM generate_series(1, 500) i;
UPDATE customers SET made = now(), amount = id, bits = B'101', day = now(), code = 'abc';
INSERT INTO orders SELECT i, i, i, i, i FROM generate_series(1, 500) i;
REFRESH MATERIALIZED VIEW totals;
UPDATE orders SET total = total + 1;
INSERT INTO staff SELECT i, NULL FROM generate_series(1, 800) i;
INSERT INTO lonely SELECT i, 'w' || i, i FROM generate_series(1, 500) i;
INSERT INTO events SELECT i, '2020-01-01'::date + i, 'k' || i, i FROM generate_series(1, 500) i;
INSERT INTO events_3 SELECT i, '2022-02-02', 'k', i FROM generate_series(1, 50) i;

-- Types: one column each, with an index on those that name one.
CREATE TABLE typed (
  id int PRIMARY KEY, vc10 varchar(10), vc varchar, tx text, ch5 char(5), bp bpchar, ci citext, vca varchar(5)[],
  si smallint, i int, bi bigint, re real, dp double precision, nu numeric, nu102 numeric(10,2), oi oid,
  ts3 timestamp(3), ts timestamp, tz timestamptz, tz3 timestamptz(3), ti3 time(3), tt3 timetz(3), iv3 interval(3), da date,
  bt bit(4), vb varbit, vb8 varbit(8), cd cidr, ine inet, xm xml, js json, jb jsonb, en mood, uu uuid, bo boolean,
  ft free_text, ct checked_text, vcc varchar(10) COLLATE "C", by bytea, mo money, part text, expr text, checked int);
CREATE INDEX typed_vc10 ON typed (vc10);
CREATE INDEX typed_vc ON typed (vc);
CREATE INDEX typed_tx ON typed (tx);
CREATE INDEX typed_ch5 ON typed (ch5);
CREATE INDEX typed_ci ON typed (ci);
CREATE INDEX typed_i ON typed (i);
CREATE INDEX typed_oi ON typed (oi);
CREATE INDEX typed_nu102 ON typed (nu102);
CREATE INDEX typed_ts3 ON typed (ts3);
CREATE INDEX typed_ts ON typed (ts);
CREATE INDEX typed_tz ON typed (tz);
CREATE INDEX typed_bt ON typed (bt);
CREATE INDEX typed_vb8 ON typed (vb8);
CREATE INDEX typed_cd ON typed (cd);
CREATE INDEX typed_ft ON typed (ft);
CREATE INDEX typed_expr ON typed (lower(expr));
CREATE INDEX typed_part ON typed (id) WHERE part IS NOT NULL;
CREATE INDEX typed_part_own ON typed (part);
ALTER TABLE typed ADD CONSTRAINT typed_checked CHECK (checked > 0);
INSERT INTO typed SELECT i, 'a', 'b', 'c', 'd', 'e', 'f', '{g}', 1, i, i, 1, 1, i, i, i,
  now(), now(), now(), now(), '10:00', '10:00+00', '1 hour', '2020-01-01', B'1010', B'1', B'101', '10.0.0.0/8', '10.0.0.1',
  '<a/>', '{}', '{}', 'ok', gen_random_uuid(), true, 'x', 'y', 'z', 'by', 1, 'p', 'e', 1 FROM generate_series(1, 100) i;

-- Keys to and from partitioned tables, partitions of partitions, and a default partition full of rows.
CREATE TABLE regions (id int PRIMARY KEY);
INSERT INTO regions SELECT generate_series(1, 800);
CREATE TABLE sales (id int NOT NULL, region_id int NOT NULL, total int, note text,
  CONSTRAINT sales_pkey PRIMARY KEY (id, region_id),
  CONSTRAINT sales_region FOREIGN KEY (region_id) REFERENCES regions,
  CONSTRAINT sales_total CHECK (total >= 0)) PARTITION BY LIST (region_id);
CREATE TABLE sales_1 PARTITION OF sales FOR VALUES IN (1);
CREATE TABLE sales_2 PARTITION OF sales FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE sales_2a PARTITION OF sales_2 FOR VALUES FROM (1) TO (10000);
CREATE TABLE sales_rest PARTITION OF sales DEFAULT;
INSERT INTO sales SELECT i, i % 5 + 1, i, 'n' FROM generate_series(1, 4000) i;
CREATE TRIGGER sales_touch BEFORE UPDATE ON sales FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TABLE sales_9 (id int NOT NULL, region_id int NOT NULL, total int, note text, CONSTRAINT sales_9_pkey PRIMARY KEY (id, region_id),
  CONSTRAINT sales_total CHECK (total >= 0), CONSTRAINT sales_9_bound CHECK (region_id = 9));
INSERT INTO sales_9 SELECT i, 9, i, 'n' FROM generate_series(1, 2000) i;
CREATE TABLE refunds (id int PRIMARY KEY, sale_id int, region_id int,
  CONSTRAINT refunds_sale FOREIGN KEY (sale_id, region_id) REFERENCES sales (id, region_id));
INSERT INTO refunds SELECT i, id, region_id FROM sales_2a, generate_series(1, 3) n, LATERAL (SELECT id * 10 + n AS i) numbered;
CREATE TABLE hashed (id int, word text) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO hashed SELECT i, 'w' FROM generate_series(1, 50) i;
CREATE UNIQUE INDEX hashed_0_key ON hashed_0 (id);
CREATE INDEX hashed_only ON ONLY hashed (word);
CREATE INDEX hashed_0_word ON hashed_0 (word);

-- Other kinds of tables and columns.
CREATE TYPE pair AS (a int, b text);
CREATE TABLE pairs OF pair;
INSERT INTO pairs VALUES (1, 'b');
CREATE TABLE boxed (id int, value pair);
INSERT INTO boxed VALUES (1, (1, 'b'));
CREATE TABLE numbered (id int GENERATED ALWAYS AS IDENTITY, n serial, double int GENERATED ALWAYS AS (n * 2) STORED, word text);
INSERT INTO numbered (word) SELECT 'w' FROM generate_series(1, 50);
CREATE UNLOGGED TABLE fleeting (id int);
INSERT INTO fleeting SELECT generate_series(1, 50);
CREATE TABLE ranged (id int, at tsrange, EXCLUDE USING gist (at WITH &&));
INSERT INTO ranged VALUES (1, '[2020-01-01,2020-02-01)');
CREATE TABLE strict (id int NOT NULL, word checked_text, plain free_text);
INSERT INTO strict SELECT i, 'w', 'p' FROM generate_series(1, 50) i;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nobody FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE distant (id int, word text) SERVER nobody;
CREATE VIEW names_again AS SELECT * FROM names;
CREATE VIEW all_events AS SELECT id FROM events;
CREATE RULE quiet AS ON DELETE TO staff DO ALSO NOTHING;
CREATE PUBLICATION news FOR TABLE staff;
CREATE SEQUENCE owned_counter OWNED BY numbered.id;
CREATE TABLE counted (id int DEFAULT nextval('counter'));
INSERT INTO counted DEFAULT VALUES;
CREATE PROCEDURE nothing_at_all() LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION count_lonely() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM lonely';
CREATE FUNCTION fill_lonely() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE lonely SET word = 'filled'; END $$;
CREATE FUNCTION fixed() RETURNS int LANGUAGE sql AS 'SELECT 7';

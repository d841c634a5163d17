-- lockstep plan 003-orders, for PostgreSQL 15
-- digest 90086e4433ad5258ccfbad603a7be9a31c893862e5e19334233e5a30aeb4c04e
-- not proved
-- from migrations/003_orders.sql (sha256 5f5f5f5f5f5f)
--
-- For reading. `migrate apply` runs the plan itself: it looks who is in the way before it asks for a lock, tries
-- again, cuts rows into batches, and finds out what has been done already.
--
-- note: migrations/003_orders.sql:1: SET lock_timeout is left out: each step has settings of its own
--
-- difference: the columns added to shop."Orders" stand in another order: note, number

\set ON_ERROR_STOP on

-- ------------------------------------------------------------------------------
-- stage 1, expand: the old application and the new one both work
-- ------------------------------------------------------------------------------

-- add-note: Add column shop."Orders".note
--   from:  migrations/003_orders.sql:2:1
--   locks: ACCESS EXCLUSIVE on shop."Orders"
--   send:  one transaction of its own; lock_timeout from 50 ms, growing to 200 ms, and again until it has the lock; statement_timeout 5000 ms
--   undo:  ALTER TABLE shop."Orders" DROP COLUMN note;
BEGIN;
SET LOCAL lock_timeout = '50ms';
SET LOCAL statement_timeout = '5000ms';
ALTER TABLE shop."Orders"
  ADD COLUMN note text DEFAULT 'a|b';
COMMIT;

-- no-duplicates: Ask that no two rows of shop."Orders" have the same number
--   from:  migrations/003_orders.sql:2:1
--   locks: none
--   send:  asks only; the plan stops here if a row comes back
--   undo:  nothing to do: it only asks
SELECT number FROM shop."Orders" GROUP BY number HAVING count(*) > 1 LIMIT 20;

-- build-number: Build unique index shop."Orders_number"
--   from:  migrations/003_orders.sql:2:1, by rule create-index-blocking
--   locks: none
--   send:  alone, outside of any transaction, without lock_timeout; what a failure leaves behind is dropped first
--   undo:  DROP INDEX CONCURRENTLY IF EXISTS shop."Orders_number";
CREATE UNIQUE INDEX CONCURRENTLY "Orders_number" ON shop."Orders" (number);

-- capture-shop: Find the one value of SELECT id FROM shop.shops
--   from:  migrations/003_orders.sql:2:1
--   locks: none
--   send:  alone, and never again once its value is in the journal; statement_timeout 5000 ms
--   undo:  nothing to do: it only asks
SELECT value AS capture_shop FROM (
SELECT id FROM shop.shops
) AS captured (value)
\gset

-- add-shop: Add column shop."Orders".shop with the captured value in every row
--   from:  migrations/003_orders.sql:2:1
--   locks: ACCESS EXCLUSIVE on shop."Orders"
--   send:  one transaction of its own; lock_timeout from 50 ms, growing to 200 ms, and again until it has the lock; statement_timeout 5000 ms
--   undo:  ALTER TABLE shop."Orders" DROP COLUMN shop;
BEGIN;
SET LOCAL lock_timeout = '50ms';
SET LOCAL statement_timeout = '5000ms';
ALTER TABLE shop."Orders" ADD COLUMN shop bigint NOT NULL DEFAULT :'capture_shop';
COMMIT;

-- insert-into-states: Insert 2 rows into shop.states
--   from:  migrations/003_orders.sql:2:1
--   locks: none
--   send:  exactly once, in one transaction with its row in the journal; lock_timeout 250 ms; statement_timeout 5000 ms
--   undo:  never: which rows were inserted is not known to the plan
BEGIN;
SET LOCAL lock_timeout = '250ms';
SET LOCAL statement_timeout = '5000ms';
INSERT INTO shop.states VALUES ('open'), ('```');
COMMIT;

-- ------------------------------------------------------------------------------
-- stage 1, backfill: rows move and constraints are proved; both applications go on working
-- ------------------------------------------------------------------------------

-- update-note: Set note of shop."Orders" in batches
--   from:  migrations/003_orders.sql:2:1, by rule update-without-where
--   locks: ROW EXCLUSIVE on shop."Orders"
--   send:  once for each batch, in a transaction of its own that also saves how far it came; about 40 ms and at most 10000 rows a batch; lock_timeout 250 ms
--   undo:  never: the values before are not kept
--     UPDATE shop."Orders" SET note = 'x'
--     WHERE "Orders".id >= $1::bigint AND "Orders".id <= $2::bigint;
\quit

-- validate-positive: Validate constraint positive of shop."Orders"
--   from:  migrations/003_orders.sql:2:1
--   locks: SHARE UPDATE EXCLUSIVE on shop."Orders"
--   send:  alone; lock_timeout 60000 ms, for nobody waits behind it
--   undo:  nothing to do: it only asks
SET lock_timeout = '60000ms';
ALTER TABLE shop."Orders" VALIDATE CONSTRAINT "Positive";
RESET lock_timeout;

-- ------------------------------------------------------------------------------
-- stage 1, contract: the old application is gone
-- ------------------------------------------------------------------------------

-- gate-1: Wait for deploy 1 of 2
--   for deploy 1 of 2: the new application runs everywhere, and no process of the one before it is left.
\quit

-- drop-old: Drop index shop.old
--   from:  migrations/003_orders.sql:2:1
--   locks: none
--   send:  alone, outside of any transaction, without lock_timeout; what a failure leaves behind is dropped first
--   undo:  CREATE INDEX CONCURRENTLY old ON shop."Orders" (number);
DROP INDEX CONCURRENTLY shop.old;

-- ------------------------------------------------------------------------------
-- stage 2, contract: the old application is gone
-- ------------------------------------------------------------------------------

-- gate-2: Wait for deploy 2 of 2
--   for deploy 2 of 2: the new application runs everywhere, and no process of the one before it is left.
\quit

-- drop-weird: Drop column shop."Orders"."a b | *c*"
--   from:  migrations/003_orders.sql:2:1
--   locks: ACCESS EXCLUSIVE on shop."Orders"
--   send:  one transaction of its own; lock_timeout from 50 ms, growing to 200 ms, and again until it has the lock; statement_timeout 5000 ms
--   undo:  never: its values are gone
BEGIN;
SET LOCAL lock_timeout = '50ms';
SET LOCAL statement_timeout = '5000ms';
ALTER TABLE shop."Orders" DROP COLUMN "a
b | *c*";
COMMIT;

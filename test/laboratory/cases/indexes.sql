CREATE INDEX fresh ON lonely (lower(word))
CREATE INDEX fresh ON lonely (id) WHERE id > 5
CREATE INDEX fresh ON lonely (id) INCLUDE (word)
CREATE INDEX fresh ON lonely USING hash (word)
CREATE INDEX fresh ON lonely USING brin (id)
CREATE INDEX fresh ON lonely USING gin (to_tsvector('english', word))
CREATE INDEX fresh ON base (id)
CREATE INDEX fresh ON totals (total)
CREATE INDEX IF NOT EXISTS fresh ON lonely (id)
-- refused 42P07
CREATE INDEX customers_name_idx ON lonely (id)
-- refused 25001
CREATE INDEX CONCURRENTLY fresh ON lonely (id)
-- autocommit
CREATE INDEX CONCURRENTLY fresh ON lonely (id)
-- autocommit
CREATE UNIQUE INDEX CONCURRENTLY fresh ON lonely (id)
-- autocommit
CREATE INDEX CONCURRENTLY IF NOT EXISTS customers_name_idx ON customers (name)
-- refused 25001
DROP INDEX CONCURRENTLY customers_name_idx
-- autocommit
DROP INDEX CONCURRENTLY customers_name_idx
-- autocommit
DROP INDEX CONCURRENTLY IF EXISTS no_such
-- autocommit, refused 2BP01
DROP INDEX CONCURRENTLY customers_pkey
DROP INDEX customers_name_idx, customers_lower_note
DROP INDEX totals_key
-- refused 2BP01
DROP INDEX customers_pkey
-- refused 2BP01
DROP INDEX customers_small_key
-- refused 0A000
ALTER INDEX customers_name_idx ALTER COLUMN 1 SET STATISTICS 5
ALTER INDEX customers_lower_note ALTER COLUMN 1 SET STATISTICS 5
ALTER INDEX customers_name_idx RESET (fillfactor)
ALTER INDEX customers_pkey RENAME TO customers_key
ALTER INDEX IF EXISTS no_such RENAME TO other
CREATE COLLATION fresh (LOCALE = 'C'); ALTER INDEX customers_name_idx SET (fillfactor = 60)
REINDEX TABLE customers
REINDEX INDEX customers_pkey
REINDEX INDEX totals_key
REINDEX TABLE totals
-- autocommit
REINDEX INDEX CONCURRENTLY customers_name_idx
-- autocommit
REINDEX TABLE CONCURRENTLY customers
-- autocommit
REINDEX TABLE CONCURRENTLY lonely
-- refused 25001
REINDEX SCHEMA away
-- autocommit
REINDEX SCHEMA away
-- autocommit
REINDEX SCHEMA CONCURRENTLY away
-- Maintenance
ANALYZE
ANALYZE lonely (word)
ANALYZE customers, orders
ANALYZE base
ANALYZE totals
-- refused 25001
VACUUM lonely
-- autocommit
VACUUM lonely
-- autocommit
VACUUM customers
-- autocommit
VACUUM (ANALYZE) lonely, staff
-- autocommit
VACUUM FREEZE lonely
-- autocommit
VACUUM FULL lonely
-- autocommit
VACUUM (FULL, ANALYZE) customers
-- autocommit
VACUUM FULL events
-- autocommit
VACUUM events
-- autocommit
VACUUM base
-- autocommit
VACUUM (FULL false) lonely
CLUSTER customers USING customers_name_idx
ALTER TABLE customers CLUSTER ON customers_name_idx; CLUSTER customers
-- refused 42704
CLUSTER lonely
-- refused 25001
CLUSTER
CLUSTER totals USING totals_key
CREATE STATISTICS fresh (dependencies) ON id, word FROM lonely
CREATE STATISTICS fresh ON lower(word) FROM lonely
CREATE STATISTICS IF NOT EXISTS customers_stats ON name, note FROM customers
ALTER STATISTICS customers_stats RENAME TO stats
ALTER STATISTICS customers_stats SET STATISTICS 100
ALTER STATISTICS customers_stats SET SCHEMA away
ALTER STATISTICS customers_stats OWNER TO CURRENT_USER
DROP STATISTICS IF EXISTS no_such
CHECKPOINT

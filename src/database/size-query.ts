import { userSchemas } from './table-query.ts'

/**
 * One row a relation that stores rows. $1 as in table-query.ts. Needs no right on the tables, but `pg_table_size()` and
 * `pg_indexes_size()` take ACCESS SHARE on each, and so wait behind ACCESS EXCLUSIVE:
 * https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE
 *
 * `estimatedRows`: a heap without a page holds no row, whatever has been counted. Else what VACUUM or ANALYZE counted,
 * grown with the heap since, as the planner does it (table_block_relation_estimate_size, tableam.c), and not shrunk with
 * it. Null where nobody has counted, and where the heap was empty when somebody did: it is not any more.
 */
export const sizeQuery = `
  WITH schemas AS (${userSchemas}),
  relations AS (
    SELECT c.oid, n.nspname, c.relname, c.reltuples::float8 AS counted, c.relpages::float8 AS pages_counted,
           pg_relation_size(c.oid)::float8 / current_setting('block_size')::int AS pages
      FROM pg_class c JOIN schemas n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm'))
  SELECT nspname AS schema, relname AS name,
         CASE WHEN pages = 0 THEN 0
              WHEN counted >= 0 AND pages_counted > 0 THEN round(counted * greatest(1, pages / pages_counted)) END AS "estimatedRows",
         pg_table_size(oid)::float8 AS "tableBytes",
         pg_indexes_size(oid)::float8 AS "indexBytes"
    FROM relations`

/**
 * One row a relation, its columns, constraints and indexes as JSON. $1: names of schemas, or NULL for every schema of
 * the user's. Each sub-list is gathered in one pass over its catalog, so that a thousand tables stay cheap.
 * Catalog columns: https://www.postgresql.org/docs/current/catalogs.html
 */

/** Schemas that belong to the user: not PostgreSQL's, not ours. */
export const userSchemas = `
  SELECT oid, nspname FROM pg_namespace
   WHERE NOT starts_with(nspname::text, 'pg_') AND nspname <> 'information_schema'
     AND nspname <> 'lockstep' AND NOT starts_with(nspname::text, 'lockstep_')
     AND ($1::text[] IS NULL OR nspname = ANY ($1::text[]))`

/** The names of `keys`, column numbers of `relation`, in their order; null where the key is an expression. */
function namesOf(relation: string, keys: string): string {
  return `(SELECT coalesce(json_agg(k.attname ORDER BY u.place), '[]') FROM unnest(${keys}) WITH ORDINALITY AS u (number, place)
             LEFT JOIN pg_attribute k ON k.attrelid = ${relation} AND k.attnum = u.number)`
}

const columns = `
  SELECT a.attrelid AS oid, json_agg(json_build_object(
           'name', a.attname,
           'type', format_type(a.atttypid, a.atttypmod),
           -- 18 keeps NOT NULL as a constraint, which may be NOT VALID: then nothing is proved. Earlier releases have
           -- no such rows.
           'notNull', a.attnotnull AND NOT EXISTS (
             SELECT FROM pg_constraint n
              WHERE n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum] AND NOT n.convalidated),
           'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
           'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by-default' END,
           'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
           'collation', CASE WHEN a.attcollation <> t.typcollation THEN
             CASE WHEN l.collnamespace = 'pg_catalog'::regnamespace THEN l.collname::text
                  ELSE (SELECT nspname FROM pg_namespace WHERE oid = l.collnamespace) || '.' || l.collname END END
         ) ORDER BY a.attnum) AS list
    FROM pg_attribute a
    JOIN relations r ON r.oid = a.attrelid
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
   WHERE a.attnum > 0 AND NOT a.attisdropped
   GROUP BY a.attrelid`

const constraints = `
  SELECT c.conrelid AS oid, json_agg(json_build_object(
           'name', c.conname,
           'kind', CASE c.contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign-key' WHEN 'u' THEN 'unique'
                                  WHEN 'p' THEN 'primary-key' WHEN 'x' THEN 'exclude' WHEN 't' THEN 'trigger'
                                  WHEN 'n' THEN 'not-null' END,
           'columns', ${namesOf('c.conrelid', 'c.conkey')},
           'definition', pg_get_constraintdef(c.oid),
           'validated', c.convalidated,
           'references', CASE WHEN c.contype = 'f' THEN json_build_object(
             'schema', fn.nspname, 'name', f.relname, 'columns', ${namesOf('c.confrelid', 'c.confkey')}) END,
           'index', CASE WHEN c.contype IN ('p', 'u', 'x') THEN i.relname END
         ) ORDER BY c.conname) AS list
    FROM pg_constraint c
    JOIN relations r ON r.oid = c.conrelid
    LEFT JOIN pg_class i ON i.oid = c.conindid
    LEFT JOIN pg_class f ON f.oid = c.confrelid
    LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
    LEFT JOIN pg_constraint up ON up.oid = c.conparentid
   -- 'n' is in the column's notNull, once it is valid. A foreign key to a partitioned table has a copy for each partition that it
   -- references, on the same table: internal, and named differently by each release.
   WHERE (c.contype <> 'n' OR NOT c.convalidated) AND up.conrelid IS DISTINCT FROM c.conrelid
   GROUP BY c.conrelid`

const indexes = `
  SELECT x.indrelid AS oid, json_agg(json_build_object(
           'name', i.relname,
           'unique', x.indisunique,
           'valid', x.indisvalid,
           'method', m.amname,
           'columns', ${namesOf('x.indrelid', '(x.indkey::int2[])[0 : x.indnkeyatts - 1]')},
           'include', ${namesOf('x.indrelid', '(x.indkey::int2[])[x.indnkeyatts : x.indnatts - 1]')},
           'partial', x.indpred IS NOT NULL,
           'definition', pg_get_indexdef(x.indexrelid)
         ) ORDER BY i.relname) AS list
    FROM pg_index x
    JOIN relations r ON r.oid = x.indrelid
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_am m ON m.oid = i.relam
   GROUP BY x.indrelid`

/**
 * Of partitions too: a trigger of the partitioned table is copied to each, marked internal before 15. Bits of tgtype:
 * TRIGGER_TYPE_… in pg_trigger.h. Ours, which come and go with a plan, are not the user's.
 */
const triggers = `
  SELECT t.tgrelid AS oid, json_agg(json_build_object(
           'name', t.tgname,
           'events', array_remove(ARRAY[CASE WHEN t.tgtype & 4 <> 0 THEN 'insert' END,
                                        CASE WHEN t.tgtype & 16 <> 0 THEN 'update' END,
                                        CASE WHEN t.tgtype & 8 <> 0 THEN 'delete' END,
                                        CASE WHEN t.tgtype & 32 <> 0 THEN 'truncate' END], NULL),
           'columns', ARRAY(SELECT DISTINCT a.attname::text COLLATE "C" FROM pg_depend d
                             JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                            WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid
                              AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.tgrelid AND d.refobjsubid > 0
                            ORDER BY 1)
         ) ORDER BY t.tgname) AS list
    FROM pg_trigger t
    JOIN relations r ON r.oid = t.tgrelid
    LEFT JOIN pg_constraint c ON c.oid = t.tgconstraint
   WHERE t.tgenabled IN ('O', 'A')
     AND (NOT t.tgisinternal OR t.tgparentid <> 0 AND (t.tgconstraint = 0 OR c.contype = 't'))
     AND NOT starts_with(t.tgname::text, '~lockstep_')
   GROUP BY t.tgrelid`

/** A view has no rows of its own to count; -1 is a table that nobody has counted. Bytes are size-query.ts's to say. */
export const tableQuery = `
  WITH schemas AS (${userSchemas}),
  relations AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition, c.reltuples, c.relreplident
      FROM pg_class c JOIN schemas n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')),
  columns AS (${columns}),
  constraints AS (${constraints}),
  indexes AS (${indexes}),
  triggers AS (${triggers})
  SELECT r.nspname AS schema, r.relname AS name,
         CASE r.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned-table' WHEN 'v' THEN 'view'
                        WHEN 'm' THEN 'materialized-view' WHEN 'f' THEN 'foreign-table' END AS kind,
         CASE WHEN r.relispartition THEN (
           SELECT json_build_object('schema', pn.nspname, 'name', p.relname)
             FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
            WHERE h.inhrelid = r.oid) END AS "partitionOf",
         coalesce(columns.list, '[]') AS columns,
         coalesce(constraints.list, '[]') AS constraints,
         coalesce(indexes.list, '[]') AS indexes,
         coalesce(triggers.list, '[]') AS triggers,
         CASE WHEN r.relreplident = 'i' THEN json_build_object('kind', 'index', 'index', (
                SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
                 WHERE x.indrelid = r.oid AND x.indisreplident))
              -- A view and a foreign table have 'n' from the start: nothing is replicated from them.
              ELSE json_build_object('kind', CASE WHEN r.relkind IN ('v', 'f') THEN 'default' WHEN r.relreplident = 'f' THEN 'full'
                                                  WHEN r.relreplident = 'n' THEN 'nothing' ELSE 'default' END)
         END AS "replicaIdentity",
         CASE WHEN r.relkind <> 'v' AND r.reltuples >= 0 THEN r.reltuples::float8 END AS "estimatedRows",
         NULL::float8 AS "tableBytes", NULL::float8 AS "indexBytes"
    FROM relations r
    LEFT JOIN columns ON columns.oid = r.oid
    LEFT JOIN constraints ON constraints.oid = r.oid
    LEFT JOIN indexes ON indexes.oid = r.oid
    LEFT JOIN triggers ON triggers.oid = r.oid
   ORDER BY r.nspname, r.relname`

/**
 * R-54: what a copy of a table takes over from it, read from the server's catalogs when it runs: who was granted what, how
 * a table is stored and what somebody has said about it is nobody's migration. Catalog columns:
 * https://www.postgresql.org/docs/current/catalogs.html
 */
import { quoteLines, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'

/**
 * An empty table with the columns of `table`, its checks, indexes, keys, statistics and settings, all under their names: in
 * a schema of its own nothing else has them. Foreign keys come when the rows are there.
 */
export function createCopySql(table: QualifiedName, copy: QualifiedName): readonly string[] {
  const [old, now] = [formatRelation(table), formatRelation(copy)]
  return [
    generated(
      `SELECT set_config('default_table_access_method', a.amname, true), set_config('default_tablespace', coalesce(s.spcname, ''), true)
  FROM pg_class c JOIN pg_am a ON a.oid = c.relam LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
 WHERE c.oid = ${quoteLiteral(old)}::regclass`,
    ),
    generated(
      `CREATE TABLE ${now} (LIKE ${old} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)`,
    ),
    // The definition of an index names the tablespace that it is in, unless it is the database's.
    generated(`SELECT set_config('default_tablespace', '', true)`),
    shapeSql(table, copy),
  ]
}

/** Each row of the query is a statement; in their order. */
function shapeSql(table: QualifiedName, copy: QualifiedName): string {
  const now = formatRelation(copy)
  const schema = quoteLiteral(copy.schema)
  return runEach(
    `old regclass := ${quoteLiteral(formatRelation(table))}::regclass; now text := ${quoteLiteral(now)};`,
    [settingsQuery(), keysQuery(schema), statisticsQuery(schema), ownerQuery(schema)].join('\n    UNION ALL'),
  )
}

/** How it is stored and counted. */
function settingsQuery(): string {
  return `
    SELECT 1, format('ALTER TABLE %s SET UNLOGGED', now) FROM pg_class WHERE oid = old AND relpersistence = 'u'
    UNION ALL
    SELECT 2, format('ALTER TABLE %s SET (%s)', now, string_agg(o.prefix || format('%I = %L', split_part(o.option, '=', 1), substr(o.option, strpos(o.option, '=') + 1)), ', '))
      FROM (SELECT '', unnest(reloptions) FROM pg_class WHERE oid = old
            UNION ALL
            SELECT 'toast.', unnest(x.reloptions) FROM pg_class c JOIN pg_class x ON x.oid = c.reltoastrelid WHERE c.oid = old) AS o (prefix, option)
    HAVING count(*) > 0
    UNION ALL
    SELECT 3, format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', now, attname, attstattarget)
      FROM pg_attribute WHERE attrelid = old AND attnum > 0 AND NOT attisdropped AND attstattarget >= 0
    UNION ALL
    SELECT 3, format('ALTER TABLE %s ALTER COLUMN %I SET (%s)', now, attname, array_to_string(attoptions, ', '))
      FROM pg_attribute WHERE attrelid = old AND attnum > 0 AND NOT attisdropped AND attoptions IS NOT NULL
    UNION ALL
    SELECT 4, format('ALTER SEQUENCE %s RENAME TO %I', made.oid::regclass, was.relname)
      FROM pg_attribute a
      JOIN pg_class was ON was.oid = pg_get_serial_sequence(old::text, a.attname::text)::regclass
      JOIN pg_class made ON made.oid = pg_get_serial_sequence(now, a.attname::text)::regclass
     WHERE a.attrelid = old AND a.attidentity <> '' AND was.relname <> made.relname`
}

/** Checks, indexes and keys, with what is said of them. */
function keysQuery(schema: string): string {
  return `
    SELECT 5, format('ALTER TABLE %s ADD CONSTRAINT %I %s', now, conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE conrelid = old AND contype = 'c' AND convalidated
    UNION ALL
    SELECT i.place, i.sql
      FROM (SELECT x.*, n.relname, c.conname, c.condeferrable, c.condeferred, c.contype, c.oid AS key,
                   format('CREATE %sINDEX %I ON %s USING ', CASE WHEN x.indisunique THEN 'UNIQUE ' END, n.relname, old) AS head,
                   pg_get_indexdef(x.indexrelid) AS whole,
                   c.contype = 'x' OR pg_get_constraintdef(c.oid) LIKE '%WITHOUT OVERLAPS%' AS is_whole
              FROM pg_index x JOIN pg_class n ON n.oid = x.indexrelid
              LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.conrelid = old AND c.contype IN ('p', 'u', 'x')
             WHERE x.indrelid = old) AS x,
           LATERAL (
             SELECT 6 AS place, format('CREATE %sINDEX %I ON %s USING %s', CASE WHEN x.indisunique THEN 'UNIQUE ' END, x.relname, now, substr(x.whole, length(x.head) + 1)) AS sql
              WHERE x.is_whole IS NOT TRUE
             UNION ALL
             SELECT 7, format('ALTER TABLE %s ADD CONSTRAINT %I %s', now, x.conname,
                              CASE WHEN x.is_whole THEN pg_get_constraintdef(x.key)
                                   ELSE format('%s USING INDEX %I%s%s', CASE x.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, x.relname,
                                               CASE WHEN x.condeferrable THEN ' DEFERRABLE' END, CASE WHEN x.condeferred THEN ' INITIALLY DEFERRED' END) END)
              WHERE x.key IS NOT NULL
             UNION ALL
             SELECT 8, format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', format('%I.%I', ${schema}, x.relname), a.attnum, a.attstattarget)
               FROM pg_attribute a WHERE a.attrelid = x.indexrelid AND a.attstattarget >= 0
             UNION ALL
             SELECT 8, format('COMMENT ON INDEX %I.%I IS %L', ${schema}, x.relname, d.description)
               FROM pg_description d WHERE d.objoid = x.indexrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0) AS i
    UNION ALL
    SELECT 9, format('COMMENT ON CONSTRAINT %I ON %s IS %L', c.conname, now, d.description)
      FROM pg_constraint c JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_constraint'::regclass
     WHERE c.conrelid = old AND c.contype <> 'f' AND c.convalidated`
}

/** Extended statistics. */
function statisticsQuery(schema: string): string {
  return `
    SELECT 10, format('CREATE STATISTICS %I.%I%s ON %s FROM %s', ${schema}, s.stxname, k.kinds, pg_get_statisticsobjdef_columns(s.oid), now)
      FROM pg_statistic_ext s,
           LATERAL (SELECT ' (' || string_agg(CASE kind WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' ELSE 'mcv' END, ', ') || ')' AS kinds
                      FROM unnest(s.stxkind) AS kind WHERE kind IN ('d', 'f', 'm')) AS k
     WHERE s.stxrelid = old
    UNION ALL
    SELECT 11, format('ALTER STATISTICS %I.%I SET STATISTICS %s', ${schema}, stxname, stxstattarget)
      FROM pg_statistic_ext WHERE stxrelid = old AND stxstattarget >= 0
    UNION ALL
    SELECT 12, format('COMMENT ON STATISTICS %I.%I IS %L', ${schema}, s.stxname, d.description)
      FROM pg_statistic_ext s JOIN pg_description d ON d.objoid = s.oid AND d.classoid = 'pg_statistic_ext'::regclass WHERE s.stxrelid = old`
}

/** The last of all: by then the role that runs this may do no more than its owner. */
function ownerQuery(schema: string): string {
  return `
    SELECT 20, format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', ${schema}, pg_get_userbyid(relowner))
      FROM pg_class WHERE oid = old AND pg_get_userbyid(relowner) <> current_user
    UNION ALL
    SELECT 21, format('ALTER STATISTICS %I.%I OWNER TO %I', ${schema}, stxname, pg_get_userbyid(stxowner))
      FROM pg_statistic_ext WHERE stxrelid = old AND pg_get_userbyid(stxowner) <> current_user
    UNION ALL
    SELECT 22, format('ALTER TABLE %s OWNER TO %I', now, pg_get_userbyid(relowner))
      FROM pg_class WHERE oid = old AND pg_get_userbyid(relowner) <> current_user`
}

/** `declared`: variables of the query, which gives a place and a statement in each row; NULL is none. */
function runEach(declared: string, query: string): string {
  return generated(
    `DO ${quoteLines(`
DECLARE
  ${declared}
  statement text;
BEGIN
  -- So that every name is written with its schema.
  PERFORM set_config('search_path', 'pg_catalog', true);
  FOR statement IN SELECT sql FROM (${query}
  ) AS one (place, sql) WHERE sql IS NOT NULL ORDER BY place
  LOOP EXECUTE statement; END LOOP;
END
`)}`,
  )
}

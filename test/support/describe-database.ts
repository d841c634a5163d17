/**
 * A second opinion on what a database holds, as sorted lines of text, for judgments of equality. It shares no code with
 * src/ on purpose (not even the session: it takes any function that runs a query), asks information_schema where that
 * knows, and asks differently from src/database where it does not.
 */

/** Runs one query without parameters and gives its rows. */
export type Ask = (sql: string) => Promise<readonly object[]>

export interface DescribeOptions {
  /** Schemas left out beside PostgreSQL's own. Default: lockstep's. */
  readonly exceptSchemas?: readonly string[]
  /** The position of a column in its table is part of the description. Default: true. */
  readonly columnOrder?: boolean
}

/** Each gives a line and the schema, `s`, that it belongs to (empty: the database). */
const questions: Readonly<Record<string, string>> = {
  schema: `SELECT schema_name || ' owned by ' || schema_owner AS line, schema_name AS s FROM information_schema.schemata`,

  table: `SELECT table_schema || '.' || table_name || ' ' || table_type AS line, table_schema AS s FROM information_schema.tables`,

  relation: `
    SELECT s || '.' || c.relname || ' kind ' || c.relkind::text || ' persistence ' || c.relpersistence::text
           || ' owner ' || o.rolname || ' options ' || coalesce(array_to_string(ARRAY(SELECT unnest(c.reloptions) ORDER BY 1), ','), '-')
           || ' rls ' || c.relrowsecurity || '/' || c.relforcerowsecurity || ' replica identity ' || c.relreplident::text
           || ' populated ' || c.relispopulated || ' tablespace ' || c.reltablespace || ' am ' || coalesce(m.amname, '-') AS line, s
      FROM pg_class c JOIN LATERAL (SELECT nspname::text AS s FROM pg_namespace WHERE oid = c.relnamespace) n ON true
      JOIN pg_roles o ON o.oid = c.relowner LEFT JOIN pg_am m ON m.oid = c.relam
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I')`,

  column: `
    SELECT table_schema || '.' || table_name || '.' || column_name
           || ' type ' || udt_schema || '.' || udt_name
           || ' (' || concat_ws(',', character_maximum_length, numeric_precision, numeric_scale, datetime_precision, interval_type) || ')'
           || ' domain ' || coalesce(domain_schema || '.' || domain_name, '-')
           || ' collation ' || coalesce(collation_schema || '.' || collation_name, '-')
           || ' nullable ' || is_nullable || ' default ' || coalesce(column_default, '-')
           || ' identity ' || coalesce(identity_generation, '-')
           || ' generated ' || is_generated || ' ' || coalesce(generation_expression, '-') AS line, table_schema AS s
      FROM information_schema.columns`,

  position: `
    SELECT table_schema || '.' || table_name || ' ' || row_number() OVER (PARTITION BY table_schema, table_name ORDER BY ordinal_position)
           || ' ' || column_name AS line, table_schema AS s
      FROM information_schema.columns`,

  // information_schema knows neither materialized views nor what a column is stored as.
  attribute: `
    SELECT n.nspname || '.' || c.relname || '.' || a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END || ' storage ' || a.attstorage::text
           || ' compression ' || a.attcompression::text || ' statistics ' || coalesce(a.attstattarget, -1)
           || ' options ' || coalesce(array_to_string(a.attoptions, ','), '-')
           || ' grants ' || coalesce((SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(a.attacl) x), '-') AS line, n.nspname::text AS s
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')`,

  constraint: `
    SELECT coalesce(n.nspname || '.' || c.relname, t.typname) || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid, true)
           || ' valid ' || k.convalidated || ' deferrable ' || k.condeferrable || '/' || k.condeferred
           || ' local ' || k.conislocal || ' inherited ' || k.coninhcount
           -- Of keys it says whether a partition's was made before its parent's: nothing ever asks.
           || ' no inherit ' || CASE WHEN k.contype IN ('f', 'p', 'u') THEN '-' ELSE k.connoinherit::text END
           || ' index ' || coalesce(i.relname, '-') AS line, coalesce(n.nspname, tn.nspname)::text AS s
      FROM pg_constraint k LEFT JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_type t ON t.oid = k.contypid LEFT JOIN pg_namespace tn ON tn.oid = t.typnamespace
      LEFT JOIN pg_class i ON i.oid = k.conindid`,

  index: `
    SELECT schemaname || '.' || tablename || ' ' || x.indexdef || ' valid ' || i.indisvalid || ' ready ' || i.indisready
           || ' live ' || i.indislive || ' clustered ' || i.indisclustered || ' replica identity ' || i.indisreplident
           || ' immediate ' || i.indimmediate AS line, schemaname::text AS s
      FROM pg_indexes x JOIN pg_namespace n ON n.nspname = x.schemaname
      JOIN pg_class c ON c.relname = x.indexname AND c.relnamespace = n.oid JOIN pg_index i ON i.indexrelid = c.oid`,

  trigger: `
    SELECT n.nspname || '.' || c.relname || ' ' || pg_get_triggerdef(t.oid, true) || ' enabled ' || t.tgenabled::text AS line, n.nspname::text AS s
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal`,

  rule: `SELECT schemaname || '.' || tablename || ' ' || definition AS line, schemaname::text AS s FROM pg_rules`,

  view: `SELECT schemaname || '.' || viewname || ' ' || definition AS line, schemaname::text AS s FROM pg_views`,

  matview: `SELECT schemaname || '.' || matviewname || ' ' || definition AS line, schemaname::text AS s FROM pg_matviews`,

  policy: `
    SELECT schemaname || '.' || tablename || ' ' || policyname || ' ' || permissive || ' ' || roles::text || ' ' || cmd
           || ' using ' || coalesce(qual, '-') || ' check ' || coalesce(with_check, '-') AS line, schemaname::text AS s FROM pg_policies`,

  routine: `
    SELECT n.nspname || '.' || p.oid::regprocedure || ' owner ' || r.rolname || ' grants ' || coalesce((SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(p.proacl) x), '-') || ' '
           || CASE WHEN p.prokind = 'a' THEN 'aggregate' ELSE pg_get_functiondef(p.oid) END AS line, n.nspname::text AS s
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles r ON r.oid = p.proowner
     WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')`,

  enum: `
    SELECT n.nspname || '.' || t.typname || ' ' || string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) AS line, n.nspname::text AS s
      FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace GROUP BY n.nspname, t.typname`,

  domain: `
    SELECT domain_schema || '.' || domain_name || ' ' || data_type || ' (' || concat_ws(',', character_maximum_length, numeric_precision, numeric_scale)
           || ') collation ' || coalesce(collation_name, '-') || ' default ' || coalesce(domain_default, '-') AS line, domain_schema AS s
      FROM information_schema.domains`,

  type: `
    SELECT n.nspname || '.' || t.typname || ' ' || t.typtype::text || ' owner ' || r.rolname || ' not null ' || t.typnotnull
           || ' grants ' || coalesce((SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(t.typacl) x), '-') AS line, n.nspname::text AS s
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_roles r ON r.oid = t.typowner`,

  sequence: `
    SELECT schemaname || '.' || sequencename || ' ' || data_type || concat_ws(' ', '', start_value, min_value, max_value, increment_by, cycle, cache_size)
           || ' belongs to ' || coalesce((
             SELECT string_agg(d.deptype::text || ' ' || d.refobjid::regclass || '.' || a.attname, ',') FROM pg_depend d
               JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
              WHERE d.classid = 'pg_class'::regclass AND d.objid = format('%I.%I', schemaname, sequencename)::regclass
                AND d.deptype IN ('a', 'i')), '-') AS line, schemaname::text AS s
      FROM pg_sequences`,

  grant: `
    SELECT table_schema || '.' || table_name || ' ' || privilege_type || ' to ' || grantee || ' grantable ' || is_grantable AS line, table_schema AS s
      FROM information_schema.role_table_grants`,

  schemagrant: `SELECT nspname || ' ' || coalesce((SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(nspacl) x), '-') AS line, nspname::text AS s FROM pg_namespace`,

  inheritance: `
    SELECT h.inhrelid::regclass || ' of ' || h.inhparent::regclass || ' ' || coalesce(pg_get_expr(c.relpartbound, c.oid), '-')
           || ' attached by ' || coalesce(pg_get_partkeydef(h.inhparent), '-') AS line, n.nspname::text AS s
      FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace`,

  comment: `
    SELECT i.type || ' ' || i.identity || ' ' || d.description AS line, coalesce(i.schema, '') AS s
      FROM pg_description d, LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
     WHERE d.objoid >= 16384 OR i.type = 'schema'`,

  statistics: `
    SELECT n.nspname || '.' || s.stxname || ' ' || pg_get_statisticsobjdef(s.oid) AS line, n.nspname::text AS s
      FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace`,

  extension: `SELECT extname || ' ' || extversion AS line, '' AS s FROM pg_extension`,

  eventtrigger: `SELECT evtname || ' ' || evtevent || ' ' || evtfoid::regproc || ' ' || evtenabled::text AS line, '' AS s FROM pg_event_trigger`,

  publication: `SELECT pubname || ' ' || schemaname || '.' || tablename AS line, schemaname::text AS s FROM pg_publication_tables`,
}

/** Sorted; each line begins with the kind of thing that it is about. */
export async function describeDatabase(ask: Ask, options: DescribeOptions = {}): Promise<readonly string[]> {
  const { exceptSchemas = ['lockstep', 'lockstep_trash', 'lockstep_bluegreen'], columnOrder = true } = options
  const hidden = ['information_schema', ...exceptSchemas]
    .map((name) => `'${name.replaceAll("'", "''")}'`)
    .join(', ')
  const before = textOf(await ask(`SELECT current_setting('search_path') AS line`))[0] ?? ''
  // Else names are qualified or not, as the session pleases.
  await ask(`SELECT set_config('search_path', 'pg_catalog', false)`)
  const lines: string[] = []
  for (const [kind, question] of Object.entries(questions)) {
    if (kind === 'position' && !columnOrder) continue
    const rows = await ask(
      `SELECT line FROM (${question}) AS answer
        WHERE s NOT IN (${hidden}) AND s NOT LIKE 'pg\\_%' AND line IS NOT NULL`,
    )
    lines.push(...textOf(rows).map((line) => `${kind}: ${line}`))
  }
  await ask(`SELECT set_config('search_path', '${before.replaceAll("'", "''")}', false)`)
  return lines.sort((one, other) => Number(one > other) - Number(one < other))
}

function textOf(rows: readonly object[]): string[] {
  return rows.map((row) => String(Reflect.get(row, 'line')))
}

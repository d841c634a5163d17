/**
 * Everything of a schema that is not a table, column, constraint or index: one row an object, its definition as one
 * text. $1 as in table-query.ts. What belongs to an extension is left to the extension's version.
 *
 * Definitions leave out what every release says by itself (default privileges, default storage), so that 14 to 18
 * give the same text for the same DDL.
 */
import { userSchemas } from './table-query.ts'

/** A role in an access list; 0 is everybody. */
function grantee(role: string): string {
  return `CASE ${role} WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(${role})) END`
}

/** Kinds of which only existence, owner and comment are read: catalog, its oid, namespace and owner columns. */
const others: readonly (readonly [catalog: string, namespace: string, owner: string])[] = [
  ['pg_collation', 'collnamespace', 'collowner'],
  ['pg_conversion', 'connamespace', 'conowner'],
  ['pg_operator', 'oprnamespace', 'oprowner'],
  ['pg_opclass', 'opcnamespace', 'opcowner'],
  ['pg_opfamily', 'opfnamespace', 'opfowner'],
  ['pg_ts_config', 'cfgnamespace', 'cfgowner'],
  ['pg_ts_dict', 'dictnamespace', 'dictowner'],
]

/** Each gives kind, identity, definition; `identity` is unique within `kind`. */
const queries: readonly string[] = [
  `SELECT 'schema', format('%I', nspname), '' FROM schemas`,

  `SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'materialized-view' END, identity,
          concat_ws(' ', (SELECT 'WITH (' || string_agg(o, ', ' ORDER BY o COLLATE "C") || ')' FROM unnest(reloptions) o),
                    pg_get_viewdef(oid))
     FROM relations WHERE relkind IN ('v', 'm')`,

  `SELECT 'trigger', format('%I on %s', t.tgname, r.identity),
          pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'D' THEN ' [disabled]' WHEN 'R' THEN ' [replica]'
                                                       WHEN 'A' THEN ' [always]' ELSE '' END
     FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid
    -- Copies on partitions follow from the partitioned table's.
    WHERE NOT t.tgisinternal AND t.tgparentid = 0`,

  `SELECT 'rule', format('%I on %s', w.rulename, r.identity),
          pg_get_ruledef(w.oid) || CASE w.ev_enabled WHEN 'D' THEN ' [disabled]' WHEN 'R' THEN ' [replica]'
                                                     WHEN 'A' THEN ' [always]' ELSE '' END
     FROM pg_rewrite w JOIN relations r ON r.oid = w.ev_class
    WHERE w.rulename <> '_RETURN'`,

  `SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, p.identity,
          CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid)
               ELSE concat_ws(' ', 'sfunc', g.aggtransfn::regprocedure, 'stype', format_type(g.aggtranstype, NULL),
                              'finalfunc', nullif(g.aggfinalfn::oid, 0)::regprocedure,
                              'combinefunc', nullif(g.aggcombinefn::oid, 0)::regprocedure,
                              'initcond', g.agginitval, 'kind', g.aggkind, 'parallel', p.proparallel) END
     FROM routines p LEFT JOIN pg_aggregate g ON g.aggfnoid = p.oid`,

  `SELECT 'type', y.identity,
          CASE y.typtype
            WHEN 'e' THEN (SELECT 'enum (' || string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) || ')'
                             FROM pg_enum e WHERE e.enumtypid = y.oid)
            WHEN 'c' THEN (SELECT 'composite (' || string_agg(
                                    concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                                              'collate ' || nullif(a.attcollation, t.typcollation)::regcollation::text),
                                    ', ' ORDER BY a.attnum) || ')'
                             FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                            WHERE a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
            WHEN 'r' THEN (SELECT concat_ws(' ', 'range of', format_type(g.rngsubtype, NULL),
                                            'canonical ' || nullif(g.rngcanonical::oid, 0)::regproc::text,
                                            'subdiff ' || nullif(g.rngsubdiff::oid, 0)::regproc::text)
                             FROM pg_range g WHERE g.rngtypid = y.oid)
            WHEN 'b' THEN concat_ws(' ', 'base', y.typinput, y.typoutput, y.typlen, y.typalign, y.typstorage)
            ELSE 'shell' END
     FROM types y WHERE y.typtype <> 'd'`,

  `SELECT 'domain', y.identity,
          concat_ws(' ', format_type(y.typbasetype, y.typtypmod),
                    'collate ' || nullif(y.typcollation, b.typcollation)::regcollation::text,
                    'default ' || y.typdefault, CASE WHEN y.typnotnull THEN 'not null' END,
                    (SELECT string_agg(format('constraint %I %s', c.conname, pg_get_constraintdef(c.oid)), ' ' ORDER BY c.conname)
                       FROM pg_constraint c WHERE c.contypid = y.oid AND c.contype = 'c'))
     FROM types y JOIN pg_type b ON b.oid = y.typbasetype WHERE y.typtype = 'd'`,

  `SELECT 'sequence', r.identity,
          concat_ws(' ', 'as', format_type(s.seqtypid, NULL), 'start', s.seqstart, 'increment', s.seqincrement,
                    'min', s.seqmin, 'max', s.seqmax, 'cache', s.seqcache, CASE WHEN s.seqcycle THEN 'cycle' END,
                    CASE r.relpersistence WHEN 'u' THEN 'unlogged' END,
                    (SELECT CASE d.deptype WHEN 'i' THEN 'identity of ' ELSE 'owned by ' END || o.identity
                       FROM pg_depend d, pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) o
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i')
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0))
     FROM relations r JOIN pg_sequence s ON s.seqrelid = r.oid`,

  `SELECT 'policy', format('%I on %s', p.polname, r.identity),
          concat_ws(' ', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
                    CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                                  WHEN 'd' THEN 'delete' ELSE 'all' END,
                    'to', (SELECT string_agg(CASE m WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(m)) END, ', '
                                             ORDER BY CASE m WHEN 0 THEN '' ELSE pg_get_userbyid(m) END)
                             FROM unnest(p.polroles) m),
                    'using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
                    'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
     FROM pg_policy p JOIN relations r ON r.oid = p.polrelid`,

  `SELECT 'relation', r.identity,
          nullif(concat_ws('; ',
            CASE r.relpersistence WHEN 'u' THEN 'unlogged' END,
            (SELECT 'access method ' || m.amname FROM pg_am m WHERE m.oid = r.relam AND m.amname <> 'heap'),
            (SELECT 'tablespace ' || s.spcname FROM pg_tablespace s WHERE s.oid = r.reltablespace),
            CASE WHEN r.relkind <> 'v' AND r.relkind <> 'm' THEN
              (SELECT 'with (' || string_agg(o, ', ' ORDER BY o COLLATE "C") || ')' FROM unnest(r.reloptions) o) END,
            (SELECT 'toast with (' || string_agg(o, ', ' ORDER BY o COLLATE "C") || ')'
               FROM pg_class x, unnest(x.reloptions) o WHERE x.oid = r.reltoastrelid),
            CASE WHEN r.relrowsecurity THEN 'row level security' END,
            CASE WHEN r.relforcerowsecurity THEN 'row level security forced' END,
            CASE WHEN r.relreplident <> 'd' AND r.relkind IN ('r', 'p', 'm') THEN 'replica identity ' || CASE r.relreplident
              WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' ELSE 'index ' || coalesce(
                (SELECT x.indexrelid::regclass::text FROM pg_index x WHERE x.indrelid = r.oid AND x.indisreplident), '(dropped)') END END,
            (SELECT 'clustered on ' || x.indexrelid::regclass::text FROM pg_index x WHERE x.indrelid = r.oid AND x.indisclustered),
            CASE WHEN r.relkind = 'm' AND NOT r.relispopulated THEN 'not populated' END,
            'of type ' || format_type(nullif(r.reloftype, 0), NULL),
            'partition by ' || pg_get_partkeydef(r.oid),
            (SELECT CASE WHEN r.relispartition THEN 'partition of ' ELSE 'inherits ' END
                    || string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno)
               FROM pg_inherits h WHERE h.inhrelid = r.oid),
            pg_get_expr(r.relpartbound, r.oid),
            (SELECT concat_ws(' ', 'server', quote_ident(v.srvname), (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(f.ftoptions) o))
               FROM pg_foreign_table f JOIN pg_foreign_server v ON v.oid = f.ftserver WHERE f.ftrelid = r.oid)), '')
     FROM relations r WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')`,

  `SELECT 'index', i.oid::regclass::text,
          nullif(concat_ws('; ',
            (SELECT 'partition of ' || h.inhparent::regclass::text FROM pg_inherits h WHERE h.inhrelid = i.oid),
            (SELECT 'tablespace ' || s.spcname FROM pg_tablespace s WHERE s.oid = i.reltablespace),
            (SELECT string_agg(format('statistics of column %s: %s', a.attnum, nullif(a.attstattarget, -1)), ', ' ORDER BY a.attnum)
               FROM pg_attribute a WHERE a.attrelid = i.oid AND nullif(a.attstattarget, -1) IS NOT NULL)), '')
     FROM pg_index x JOIN relations r ON r.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid`,

  `SELECT 'column', format('%s.%I', r.identity, a.attname),
          nullif(concat_ws('; ',
            CASE WHEN a.attstorage <> t.typstorage THEN 'storage ' || CASE a.attstorage
              WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END END,
            CASE a.attcompression WHEN 'p' THEN 'compression pglz' WHEN 'l' THEN 'compression lz4' END,
            'statistics ' || nullif(a.attstattarget, -1),
            CASE a.attgenerated WHEN 'v' THEN 'virtual' END,
            (SELECT 'with (' || string_agg(o, ', ' ORDER BY o COLLATE "C") || ')' FROM unnest(a.attoptions) o),
            (SELECT 'options (' || string_agg(o, ', ' ORDER BY o COLLATE "C") || ')' FROM unnest(a.attfdwoptions) o)), '')
     FROM pg_attribute a JOIN relations r ON r.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND r.relkind IN ('r', 'p', 'm', 'f')`,

  `SELECT o.type, o.identity, '' FROM owned o WHERE o.classid IN (${others.map(([catalog]) => `'${catalog}'::regclass`).join(', ')})`,

  `SELECT 'extension', e.extname::text, concat_ws(' ', e.extversion, 'in', n.nspname)
     FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'`,

  `SELECT 'statistics', s.identity, pg_get_statisticsobjdef(s.oid) || coalesce(' target ' || nullif(s.stxstattarget, -1), '')
     FROM statistics_objects s`,

  `SELECT 'default-privileges',
          concat_ws(' ', pg_get_userbyid(d.defaclrole), 'in ' || quote_ident(n.nspname), d.defaclobjtype),
          (SELECT string_agg(concat_ws(' ', lower(x.privilege_type), 'to', ${grantee('x.grantee')},
                                       CASE WHEN x.is_grantable THEN 'with grant option' END), ', '
                             ORDER BY ${grantee('x.grantee')}, x.privilege_type) FROM aclexplode(d.defaclacl) x)
     FROM pg_default_acl d LEFT JOIN schemas n ON n.oid = d.defaclnamespace
    WHERE d.defaclnamespace = 0 AND $1::text[] IS NULL OR n.oid IS NOT NULL`,

  `SELECT 'owner', concat_ws(' ', o.type, o.identity), pg_get_userbyid(o.owner)::text FROM owned o`,

  // Every grant that is not the default, every default that was revoked. Release 17 adds a privilege to the default,
  // which so is not seen.
  `SELECT 'privilege', concat_ws(' ', o.type, o.identity),
          (SELECT string_agg(line, ', ' ORDER BY line COLLATE "C") FROM (
             SELECT concat_ws(' ', 'grant', lower(g.privilege_type), 'to', ${grantee('g.grantee')},
                              CASE WHEN g.is_grantable THEN 'with grant option' END)
               FROM (SELECT * FROM aclexplode(o.acl) EXCEPT SELECT * FROM aclexplode(acldefault(o.aclkind, o.owner))) g
             UNION
             SELECT concat_ws(' ', 'revoke', lower(g.privilege_type), 'from', ${grantee('g.grantee')})
               FROM (SELECT * FROM aclexplode(acldefault(o.aclkind, o.owner)) EXCEPT SELECT * FROM aclexplode(o.acl)) g
           ) AS change (line))
     FROM owned o WHERE o.acl IS NOT NULL AND o.aclkind IS NOT NULL`,

  `SELECT 'privilege', format('column %s.%I', r.identity, a.attname),
          (SELECT string_agg(concat_ws(' ', 'grant', lower(g.privilege_type), 'to', ${grantee('g.grantee')},
                                       CASE WHEN g.is_grantable THEN 'with grant option' END), ', '
                             ORDER BY ${grantee('g.grantee')}, g.privilege_type) FROM aclexplode(a.attacl) g)
     FROM pg_attribute a JOIN relations r ON r.oid = a.attrelid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped`,

  `SELECT 'comment', concat_ws(' ', o.type, o.identity), d.description
     FROM pg_description d JOIN commented c ON c.classid = d.classoid AND c.objid = d.objoid,
          LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) o`,

  `SELECT 'security-label', concat_ws(' ', d.provider, o.type, o.identity), d.label
     FROM pg_seclabel d JOIN commented c ON c.classid = d.classoid AND c.objid = d.objoid,
          LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) o`,
]

/** Of the database as a whole; left out where only some schemas are asked for. */
const databaseWide: readonly string[] = [
  `SELECT 'event-trigger', quote_ident(e.evtname),
          concat_ws(' ', 'on', e.evtevent, 'execute', e.evtfoid::regprocedure,
                    'when tag in (' || array_to_string(e.evttags, ', ') || ')', 'enabled', e.evtenabled)
     FROM pg_event_trigger e WHERE NOT starts_with(e.evtname::text, 'lockstep_')`,

  `SELECT 'publication', quote_ident(p.pubname),
          concat_ws(' ', CASE WHEN p.puballtables THEN 'for all tables' END,
                    CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                    CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END,
                    CASE WHEN p.pubviaroot THEN 'via root' END)
     FROM pg_publication p WHERE NOT starts_with(p.pubname::text, 'lockstep_')`,

  `SELECT 'foreign-server', quote_ident(s.srvname),
          concat_ws(' ', 'wrapper', w.fdwname, 'type ' || s.srvtype, 'version ' || s.srvversion,
                    (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(s.srvoptions) o))
     FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw`,

  // 16384 is the first object id that initdb does not use.
  `SELECT 'cast', format('%s as %s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)),
          concat_ws(' ', 'context', c.castcontext, 'method', c.castmethod, nullif(c.castfunc, 0)::regprocedure)
     FROM pg_cast c WHERE c.oid >= 16384 AND NOT EXISTS (
       SELECT FROM members m WHERE m.classid = 'pg_cast'::regclass AND m.objid = c.oid)`,
]

const scope = `
  schemas AS (${userSchemas}),
  -- Of an extension; or, for routines and casts, made with a range type.
  members AS (
    SELECT classid, objid FROM pg_depend
     WHERE deptype = 'e' OR deptype = 'i' AND classid IN ('pg_proc'::regclass, 'pg_cast'::regclass)),
  relations AS (
    SELECT c.*, format('%I.%I', n.nspname, c.relname) AS identity
      FROM pg_class c JOIN schemas n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
       AND (SELECT m.objid FROM members m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid) IS NULL),
  routines AS (
    SELECT p.*, p.oid::regprocedure::text AS identity FROM pg_proc p JOIN schemas n ON n.oid = p.pronamespace
     WHERE (SELECT m.objid FROM members m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid) IS NULL),
  -- Neither arrays, nor the row types of tables, nor multiranges: each follows from what it belongs to.
  types AS (
    SELECT t.*, format_type(t.oid, NULL) AS identity FROM pg_type t JOIN schemas n ON n.oid = t.typnamespace
     WHERE t.typtype <> 'm' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
       AND (t.typtype <> 'c' OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
       AND (SELECT m.objid FROM members m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid) IS NULL),
  statistics_objects AS (
    SELECT s.*, format('%I.%I', n.nspname, s.stxname) AS identity
      FROM pg_statistic_ext s JOIN schemas n ON n.oid = s.stxnamespace),
  owned_objects (classid, objid, owner, acl, aclkind) AS (
    SELECT 'pg_class'::regclass, oid, relowner, relacl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" FROM relations
    UNION ALL SELECT 'pg_proc'::regclass, oid, proowner, proacl, 'f' FROM routines
    UNION ALL SELECT 'pg_type'::regclass, oid, typowner, typacl, 'T' FROM types
    UNION ALL SELECT 'pg_namespace'::regclass, n.oid, n.nspowner, n.nspacl, 'n' FROM pg_namespace n JOIN schemas USING (oid)
    UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxowner, NULL, NULL FROM statistics_objects
    ${others
      .map(
        ([catalog, namespace, owner]) =>
          `UNION ALL SELECT '${catalog}'::regclass, x.oid, x.${owner}, NULL, NULL FROM ${catalog} x JOIN schemas n ON n.oid = x.${namespace}
            WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = '${catalog}'::regclass AND m.objid = x.oid)`,
      )
      .join('\n    ')}
    UNION ALL SELECT 'pg_publication'::regclass, oid, pubowner, NULL, NULL FROM pg_publication
               WHERE $1::text[] IS NULL AND NOT starts_with(pubname::text, 'lockstep_')
    UNION ALL SELECT 'pg_event_trigger'::regclass, oid, evtowner, NULL, NULL FROM pg_event_trigger
               WHERE $1::text[] IS NULL AND NOT starts_with(evtname::text, 'lockstep_')
    UNION ALL SELECT 'pg_foreign_server'::regclass, oid, srvowner, srvacl, 'S' FROM pg_foreign_server WHERE $1::text[] IS NULL),
  owned AS (
    SELECT w.*, o.type, o.identity FROM owned_objects w, LATERAL pg_identify_object(w.classid, w.objid, 0) o),
  commented (classid, objid) AS (
    SELECT classid::oid, objid FROM owned_objects
    UNION ALL SELECT 'pg_class'::regclass, typrelid FROM types WHERE typtype = 'c'
    UNION ALL SELECT 'pg_class'::regclass, x.indexrelid FROM pg_index x JOIN relations r ON r.oid = x.indrelid
    UNION ALL SELECT 'pg_constraint'::regclass, c.oid FROM pg_constraint c
               WHERE c.conrelid IN (SELECT oid FROM relations) OR c.contypid IN (SELECT oid FROM types)
    UNION ALL SELECT 'pg_trigger'::regclass, t.oid FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid
    UNION ALL SELECT 'pg_policy'::regclass, p.oid FROM pg_policy p JOIN relations r ON r.oid = p.polrelid
    UNION ALL SELECT 'pg_rewrite'::regclass, w.oid FROM pg_rewrite w JOIN relations r ON r.oid = w.ev_class
    UNION ALL SELECT 'pg_extension'::regclass, oid FROM pg_extension WHERE $1::text[] IS NULL AND extname <> 'plpgsql')`

/** Column lists and row filters came with 15. */
function publicationTables(serverVersionNum: number): string {
  const definition =
    serverVersionNum < 150_000
      ? `''`
      : `concat_ws(' ', 'columns (' || (
           SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
            WHERE a.attrelid = pr.prrelid AND a.attnum = ANY (pr.prattrs)) || ')',
           'where ' || pg_get_expr(pr.prqual, pr.prrelid))`
  return `SELECT 'publication-table', format('%I: %s', p.pubname, pr.prrelid::regclass), ${definition}
            FROM pg_publication_rel pr JOIN pg_publication p ON p.oid = pr.prpubid
           WHERE NOT starts_with(p.pubname::text, 'lockstep_')`
}

function publicationSchemas(serverVersionNum: number): readonly string[] {
  if (serverVersionNum < 150_000) return []
  return [
    `SELECT 'publication-schema', format('%I: %I', p.pubname, n.nspname), ''
       FROM pg_publication_namespace pn JOIN pg_publication p ON p.oid = pn.pnpubid JOIN schemas n ON n.oid = pn.pnnspid`,
  ]
}

/** Rows kind, identity, definition, in order. */
export function objectQuery(serverVersionNum: number): string {
  const all = [
    ...queries,
    ...[...databaseWide, publicationTables(serverVersionNum), ...publicationSchemas(serverVersionNum)].map(
      (query) => `SELECT * FROM (${query}) AS of_database WHERE $1::text[] IS NULL`,
    ),
  ]
  return `WITH ${scope}
    SELECT kind, identity, definition
      FROM (${all.join('\nUNION ALL\n')}) AS object (kind, identity, definition)
     WHERE identity IS NOT NULL AND definition IS NOT NULL
     ORDER BY kind COLLATE "C", identity COLLATE "C", definition COLLATE "C"`
}

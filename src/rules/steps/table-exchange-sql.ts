/** R-54: a table and its copy change places, and what hangs on the one by its identity hangs on the other from then on. */
import { quoteLines, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'

/** Which way tables change places. `incoming` takes the name of `table`, which goes to `outgoing`. */
export interface Exchange {
  readonly table: QualifiedName
  readonly outgoing: QualifiedName
  readonly incoming: QualifiedName
}

const carried = 'lockstep.carried'

/**
 * What hangs on a table by its identity and not by its name, taken down, and kept in a setting of the transaction as the
 * statements that put it up again at the table that has the name by then.
 */
export function takeDownSql(exchange: Exchange, serverMajor: number): string {
  const { table } = exchange
  return generated(
    `DO ${quoteLines(`
DECLARE
  old regclass := ${quoteLiteral(formatRelation(table))}::regclass; home text := ${quoteLiteral(formatRelation(table))};
  statement record; later text[] := '{}';
BEGIN
  -- So that every name is written with its schema.
  PERFORM set_config('search_path', 'pg_catalog', true);
  FOR statement IN SELECT down, up FROM (${dependentsQuery(exchange, serverMajor)}
  ) AS one (place, down, up) ORDER BY place
  LOOP
    IF statement.down IS NOT NULL THEN EXECUTE statement.down; END IF;
    IF statement.up IS NOT NULL THEN later := later || statement.up; END IF;
  END LOOP;
  PERFORM set_config('${carried}', array_to_json(later)::text, true);
END
`)}`,
  )
}

export function putUpSql(): string {
  return generated(
    `DO ${quoteLines(`
DECLARE
  statement text;
BEGIN
  FOR statement IN SELECT value FROM json_array_elements_text(current_setting('${carried}')::json) WITH ORDINALITY AS one (value, place) ORDER BY place
  LOOP EXECUTE statement; END LOOP;
END
`)}`,
  )
}

function role(oid: string): string {
  return `CASE ${oid} WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(${oid})) END`
}

function firing(state: string): string {
  return `CASE ${state} WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END`
}

function dependentsQuery(exchange: Exchange, serverMajor: number): string {
  return [belongingsQuery(exchange, serverMajor), conductQuery(), readersQuery(exchange)].join(
    '\n    UNION ALL',
  )
}

/** What belongs to it, or it to: publications, sequences, statistics. */
function belongingsQuery({ table, outgoing, incoming }: Exchange, serverMajor: number): string {
  const [schema, out, into] = [table.schema, outgoing.schema, incoming.schema].map(quoteLiteral)
  const filter =
    serverMajor < 15
      ? `''`
      : `coalesce((SELECT format(' (%s)', string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)) FROM pg_attribute a WHERE a.attrelid = old AND a.attnum = ANY (r.prattrs)), '')
           || coalesce(format(' WHERE (%s)', pg_get_expr(r.prqual, old)), '')`
  return `
    SELECT 1, format('ALTER PUBLICATION %I DROP TABLE %s', p.pubname, home), format('ALTER PUBLICATION %I ADD TABLE %s%s', p.pubname, home, ${filter})
      FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = old
    UNION ALL
    -- A number that is given out once is not given out again.
    SELECT 3, NULL, s.up
      FROM pg_attribute a JOIN pg_class c ON c.oid = pg_get_serial_sequence(home, a.attname::text)::regclass,
           LATERAL (SELECT format('SELECT setval(%L, last_value, is_called) FROM %I.%I', format('%I.%I', ${schema}, c.relname), ${out}, c.relname) AS up
                    UNION ALL
                    SELECT format('GRANT %s ON SEQUENCE %I.%I TO %s%s', g.privilege_type, ${schema}, c.relname, ${role('g.grantee')}, CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END)
                      FROM aclexplode(c.relacl) g WHERE g.grantee <> c.relowner
                    UNION ALL
                    SELECT format('COMMENT ON SEQUENCE %I.%I IS %L', ${schema}, c.relname, obj_description(c.oid, 'pg_class')) WHERE obj_description(c.oid, 'pg_class') IS NOT NULL) AS s
     WHERE a.attrelid = old AND a.attidentity <> ''
    UNION ALL
    SELECT 4, format('ALTER STATISTICS %I.%I SET SCHEMA %I', n.nspname, s.stxname, ${out}), format('ALTER STATISTICS %I.%I SET SCHEMA %I', ${into}, s.stxname, n.nspname)
      FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE s.stxrelid = old`
}

/** What it does when it is read or written: triggers, rules, policies. */
function conductQuery(): string {
  const commentOf = (kind: string, catalog: string): string =>
    `(SELECT format('COMMENT ON ${kind} %I ON %s IS %L', o.name, home, d.description) FROM pg_description d WHERE d.objoid = o.oid AND d.classoid = '${catalog}'::regclass)`
  return `
    SELECT 5, o2.down, o2.up
      FROM (SELECT t.oid, t.tgname AS name, t.tgenabled, pg_get_triggerdef(t.oid) AS definition FROM pg_trigger t
             WHERE t.tgrelid = old AND NOT t.tgisinternal AND substr(t.tgname, 2) NOT IN ('lockstep_mirror', 'lockstep_mirror_truncate')) AS o,
           LATERAL (VALUES (format('DROP TRIGGER %I ON %s', o.name, home), o.definition),
                           (NULL, CASE WHEN o.tgenabled <> 'O' THEN format('ALTER TABLE %s %s TRIGGER %I', home, ${firing('o.tgenabled')}, o.name) END),
                           (NULL, ${commentOf('TRIGGER', 'pg_trigger')})) AS o2 (down, up)
    UNION ALL
    SELECT 6, o2.down, o2.up
      FROM (SELECT w.oid, w.rulename AS name, w.ev_enabled, pg_get_ruledef(w.oid) AS definition FROM pg_rewrite w WHERE w.ev_class = old) AS o,
           LATERAL (VALUES (format('DROP RULE %I ON %s', o.name, home), o.definition),
                           (NULL, CASE WHEN o.ev_enabled <> 'O' THEN format('ALTER TABLE %s %s RULE %I', home, ${firing('o.ev_enabled')}, o.name) END),
                           (NULL, ${commentOf('RULE', 'pg_rewrite')})) AS o2 (down, up)
    UNION ALL
    SELECT 7, o2.down, o2.up
      FROM (SELECT p.oid, p.polname AS name,
                   format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', p.polname, home, CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                          CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                          (SELECT string_agg(${role('r')}, ', ') FROM unnest(p.polroles) r),
                          ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS definition
              FROM pg_policy p WHERE p.polrelid = old) AS o,
           LATERAL (VALUES (format('DROP POLICY %I ON %s', o.name, home), o.definition), (NULL, ${commentOf('POLICY', 'pg_policy')})) AS o2 (down, up)
    UNION ALL
    SELECT 8, format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', home), format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', home)
      FROM pg_class WHERE oid = old AND relrowsecurity`
}

/** Views that read it, and what is set for it and said of it. */
function readersQuery({ incoming }: Exchange): string {
  return `
    -- The view stays, with all that hangs on it, and reads the table that has the name by then.
    SELECT 9, NULL, format('CREATE OR REPLACE VIEW %s%s AS %s', v.oid::regclass,
                           (SELECT ' WITH (' || string_agg(format('%I = %L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ') || ')' FROM unnest(v.reloptions) o),
                           pg_get_viewdef(v.oid))
      FROM pg_class v
     WHERE v.relkind = 'v' AND v.oid IN (SELECT w.ev_class FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid
                                          WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = old)
    UNION ALL
    -- What is not valid for all rows cannot be asked of rows that are copied.
    SELECT 10, NULL, format('ALTER TABLE %s ADD CONSTRAINT %I %s', home, c.conname, pg_get_constraintdef(c.oid))
      FROM pg_constraint c
     WHERE c.conrelid = old AND c.contype = 'c' AND NOT c.convalidated
       AND NOT EXISTS (SELECT FROM pg_constraint n WHERE n.conrelid = to_regclass(${quoteLiteral(formatRelation(incoming))}) AND n.conname = c.conname)
    UNION ALL
    SELECT 11, NULL, format('ALTER TABLE %s REPLICA IDENTITY %s', home, CASE c.relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'USING INDEX ' || quote_ident(i.relname) END)
      FROM pg_class c LEFT JOIN (pg_index x JOIN pg_class i ON i.oid = x.indexrelid) ON x.indrelid = c.oid AND x.indisreplident
     WHERE c.oid = old AND c.relreplident <> 'd'
    UNION ALL
    SELECT 11, NULL, format('ALTER TABLE %s CLUSTER ON %I', home, i.relname)
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = old AND x.indisclustered
    UNION ALL
    SELECT 12, NULL, format('COMMENT ON TABLE %s IS %L', home, obj_description(old, 'pg_class')) WHERE obj_description(old, 'pg_class') IS NOT NULL
    UNION ALL
    SELECT 12, NULL, format('COMMENT ON CONSTRAINT %I ON %s IS %L', c.conname, home, obj_description(c.oid, 'pg_constraint'))
      FROM pg_constraint c WHERE c.conrelid = old AND (c.contype = 'f' OR NOT c.convalidated) AND obj_description(c.oid, 'pg_constraint') IS NOT NULL`
}

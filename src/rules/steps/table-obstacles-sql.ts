/** R-54: may a table be copied, and is the copy like it? */
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'

/** What the plan carries over by name. */
interface Carried {
  /** Of the table, and to it. */
  readonly foreignKeys: readonly { readonly table: QualifiedName; readonly name: string }[]
  readonly sequences: readonly QualifiedName[]
}

/**
 * Rows that say, each in words, why the table cannot be copied as the plan believes: what hangs on it that is not carried
 * over, and what the role that runs the plan may not do.
 */
export function obstaclesSql(
  table: QualifiedName,
  columns: readonly string[],
  { foreignKeys, sequences }: Carried,
): string {
  const old = `${quoteLiteral(formatRelation(table))}::regclass`
  const known = foreignKeys.map(
    ({ table: of, name }) => `(${quoteLiteral(formatRelation(of))}::regclass::oid, ${quoteLiteral(name)})`,
  )
  const isOwned =
    sequences.length === 0
      ? 'false'
      : `c.oid IN (${sequences.map((name) => `to_regclass(${quoteLiteral(formatRelation(name))})`).join(', ')})`
  const isKnown = known.length === 0 ? 'false' : `(k.conrelid, k.conname::text) IN (${known.join(', ')})`
  return generated(`
    SELECT format('%s hangs on it', pg_describe_object(d.classid, d.objid, d.objsubid)) AS obstacle
      FROM pg_depend d
      LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
      LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
      LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
      LEFT JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid
      LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
      LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
      LEFT JOIN pg_class v ON v.oid = w.ev_class
     WHERE d.deptype <> 'i'
       AND (d.refclassid = 'pg_class'::regclass AND d.refobjid = ${old}
            OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN (
              SELECT y FROM pg_class t JOIN pg_type r ON r.oid = t.reltype, unnest(ARRAY[r.oid, r.typarray]) y WHERE t.oid = ${old}))
       AND NOT coalesce(d.refclassid = 'pg_class'::regclass AND (
             c.relkind = 'i' OR ${isOwned} OR k.conrelid = ${old} AND k.contype <> 'f' OR k.contype = 'f' AND ${isKnown}
             OR g.tgisinternal OR g.tgrelid = ${old} OR p.polrelid = ${old} OR f.adrelid = ${old} OR w.ev_class = ${old} OR v.relkind = 'v'
             OR d.classid IN ('pg_statistic_ext'::regclass, 'pg_publication_rel'::regclass)), false)
    UNION ALL
    SELECT format('publication %I is for all tables, and would send the copy to its subscribers as well', pubname) FROM pg_publication WHERE puballtables
    UNION ALL
    SELECT format('index %s is not valid: drop it or build it anew first', indexrelid::regclass) FROM pg_index WHERE indrelid = ${old} AND NOT indisvalid
    UNION ALL
    SELECT format('it inherits from %s', inhparent::regclass) FROM pg_inherits WHERE inhrelid = ${old}
    UNION ALL
    SELECT format('its security label %L of %s would be lost', label, provider) FROM pg_seclabel WHERE classoid = 'pg_class'::regclass AND objoid = ${old}
    UNION ALL
    SELECT format('its columns are %s, and not %s', string_agg(quote_ident(attname), ', ' ORDER BY attnum), ${quoteLiteral(columns.map(quoteIdentifier).join(', '))})
      FROM pg_attribute WHERE attrelid = ${old} AND attnum > 0 AND NOT attisdropped
    HAVING array_agg(attname::text ORDER BY attname::text COLLATE "C") <> ARRAY[${[...columns].sort(byBytes).map(quoteLiteral).join(', ')}]
    UNION ALL
    SELECT format('role %I must be its owner or a member of role %I, which is', current_user, pg_get_userbyid(relowner))
      FROM pg_class WHERE oid = ${old} AND NOT pg_has_role(relowner, 'USAGE')
    UNION ALL
    SELECT format('role %I may not create tables in schema %I', current_user, nspname)
      FROM pg_namespace WHERE nspname = ${quoteLiteral(table.schema)} AND NOT has_schema_privilege(oid, 'CREATE')
    UNION ALL
    SELECT 'its policies hold for its owner, too (FORCE ROW LEVEL SECURITY), who would copy what they let through'
      FROM pg_class WHERE oid = ${old} AND relforcerowsecurity`)
}

/** As the collation "C" sorts text in UTF-8. */
function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

/** A row where the rows of two tables are not the same, both read in one snapshot: how many there are, and their digests. */
export function unequalRowsSql(one: QualifiedName, other: QualifiedName, columns: readonly string[]): string {
  const names = columns.map(quoteIdentifier).join(', ')
  const sums = (table: QualifiedName): string =>
    `(SELECT count(*) AS rows, bit_xor(hashtextextended(ROW(${names})::text, 0)) AS digest FROM ${formatRelation(table)})`
  return generated(
    `SELECT here.rows, here.digest, there.rows AS rows_of_copy, there.digest AS digest_of_copy
  FROM ${sums(one)} AS here, ${sums(other)} AS there
 WHERE (here.rows, here.digest) IS DISTINCT FROM (there.rows, there.digest)`,
  )
}

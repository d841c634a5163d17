/**
 * R-28 and R-29: a table under its new name, and in the same instant a view under the old one, through which the old
 * application goes on reading and writing until the gate. A view of all columns of one relation is automatically
 * updatable: https://www.postgresql.org/docs/current/sql-createview.html#SQL-CREATEVIEW-UPDATABLE-VIEWS
 */
import { quoteIdentifier, quoteLines, quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { tableObject, touching, viewedColumnObject, viewObject } from './objects.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { ddlStep, undoSql, type StepSketch } from './step-sketch.ts'

interface Move {
  readonly from: QualifiedName
  readonly to: QualifiedName
  /** The author's statement, and the one that takes it back. */
  readonly sql: string
  readonly undo: string
}

/** The first release whose views can read with the rights of whoever asks. */
const securityInvokerSince = 15

/** `table`: as the author names it. */
export function movedTableSteps(table: RelationName, move: Move, context: RecipeContext): Recipe {
  const { catalog, serverVersion } = context
  const [from, to] = [formatRelation(move.from), formatRelation(move.to)]
  const known = catalog.table(table)
  if (typeof known !== 'object') {
    return { cannot: `Nothing is known of ${from}: give the earlier migrations or a database.` }
  }
  if (catalog.isRelationNameTaken(move.to.schema, move.to.name) === 'yes') {
    return {
      cannot: `${to} exists already, so the statement would fail: if its migration is applied, say so with --through or --applied.`,
    }
  }
  const isView = known.kind === 'view'
  const columns = known.columns.map(({ name }) => name)
  return {
    steps: [moveStep(move, isView, serverVersion.min), dropViewStep(move, columns, serverVersion.min)],
    notes: [
      `From its expand phase to its contract phase ${from} is a view of ${to}. SELECT, INSERT, UPDATE, DELETE and ON CONFLICT (columns) go through it; an old application that names it in COPY … FROM, TRUNCATE, ${serverVersion.min < 17 ? 'MERGE, ' : ''}ON CONFLICT ON CONSTRAINT, a system column (ctid, xmin) or a GROUP BY that relies on its key must be changed first.`,
    ],
  }
}

function moveStep(move: Move, isView: boolean, serverMajor: number): StepSketch {
  const [from, to] = [formatRelation(move.from), formatRelation(move.to)]
  return ddlStep({
    slug: `move ${move.from.name} to ${move.to.schema === move.from.schema ? move.to.name : to}`,
    title: `Call ${from} ${to}, and leave a view under the old name`,
    phase: 'expand',
    sql: [move.sql, ...viewSql(move, serverMajor)],
    touches: touching({ drops: [tableObject(move.from)], creates: [tableObject(move.to)] }),
    before: [
      { kind: 'table', table: from, exists: true, isView },
      ...(serverMajor >= securityInvokerSince ? [] : [withoutRowSecurity(from)]),
    ],
    after: [
      { kind: 'table', table: to, exists: true },
      { kind: 'table', table: from, exists: true, isView: true },
    ],
    mirrors: [to],
    undo: undoSql(generated(`DROP VIEW ${from}`), move.undo),
  })
}

function dropViewStep(move: Move, columns: readonly string[], serverMajor: number): StepSketch {
  const [from, to] = [formatRelation(move.from), formatRelation(move.to)]
  return ddlStep({
    slug: `drop view ${move.from.name}`,
    title: `Drop the view ${from} of ${to}`,
    phase: 'contract',
    sql: [generated(`DROP VIEW ${from}`)],
    touches: touching({
      drops: [viewObject(move.from)],
      reads: [tableObject(move.to), ...columns.map((column) => viewedColumnObject(move.to, column))],
    }),
    before: [{ kind: 'table', table: from, exists: true, isView: true }],
    after: [{ kind: 'table', table: from, exists: false }],
    // By name: what has been added since must not hang on it, for it is taken back before it.
    undo: undoSql(...viewSql(move, serverMajor, columns.map(quoteIdentifier).join(', ') || '*')),
  })
}

/** The old name as a view of the new one. */
function viewSql({ from, to }: Move, serverMajor: number, columns = '*'): readonly [string, string] {
  const [view, table] = [formatRelation(from), formatRelation(to)]
  const options = serverMajor >= securityInvokerSince ? ' WITH (security_invoker = true)' : ''
  return [
    generated(`CREATE VIEW ${view}${options} AS SELECT ${columns} FROM ${table}`),
    samePrivilegesSql(table, view),
  ]
}

/** Before 15 a view reads with its owner's rights, whom policies may not hold. */
function withoutRowSecurity(table: string) {
  return {
    kind: 'no-rows' as const,
    sql: `SELECT relname FROM pg_class WHERE oid = ${quoteLiteral(table)}::regclass AND relrowsecurity`,
    otherwise: `the policies of ${table} would not hold through a view before PostgreSQL 15: rename it while no application is at work, or upgrade first`,
  }
}

/**
 * The owner and the privileges of the table, for the view, or another table with its columns, as they are when it runs: who
 * was granted what is nobody's migration. What default privileges gave to it is taken from it first.
 */
export function samePrivilegesSql(table: string, view: string): string {
  const [like, made] = [`${quoteLiteral(table)}::regclass`, `${quoteLiteral(view)}::regclass`]
  return generated(
    `DO ${quoteLines(`
DECLARE
  change text;
BEGIN
  FOR change IN
    SELECT format('ALTER TABLE %s OWNER TO %I', v.oid::regclass, pg_get_userbyid(t.relowner))
      FROM pg_class t, pg_class v
     WHERE t.oid = ${like} AND v.oid = ${made} AND t.relowner <> v.relowner
  LOOP EXECUTE change; END LOOP;
  FOR change IN
    SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', v.oid::regclass, ${granteeSql('a')})
      FROM pg_class v, aclexplode(coalesce(v.relacl, acldefault('r', v.relowner))) a
     WHERE v.oid = ${made}
  LOOP EXECUTE change; END LOOP;
  FOR change IN
    SELECT format('GRANT %s ON %s TO %s%s', a.privilege, ${made}, ${granteeSql('a')},
                  CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' END)
      FROM (SELECT e.privilege_type AS privilege, e.grantee, e.is_grantable
              FROM pg_class t, aclexplode(coalesce(t.relacl, acldefault('r', t.relowner))) e
             WHERE t.oid = ${like}
            UNION ALL
            SELECT format('%s (%I)', e.privilege_type, c.attname), e.grantee, e.is_grantable
              FROM pg_attribute c, aclexplode(c.attacl) e
             WHERE c.attrelid = ${like} AND NOT c.attisdropped) a
  LOOP EXECUTE change; END LOOP;
END
`)}`,
  )
}

/** As GRANT and REVOKE name it. */
function granteeSql(acl: string): string {
  return `CASE ${acl}.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(${acl}.grantee)) END`
}

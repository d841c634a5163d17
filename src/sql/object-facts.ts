/**
 * Facts about statements on schemas, types, views, privileges and roles, for which there is no action of their own. Read
 * from their SQL anew; `loadParser` must have been awaited.
 */
import type { Node } from '@pgsql/types'
import type { RelationName } from '../postgres/relation-name.ts'
import { derivedName, treeOf } from './statement-facts.ts'
import { namesOf, relationOf, relationOfNames, stringsOf, walk } from './tree.ts'

export interface Renaming<T> {
  readonly from: T
  readonly to: string
}

/** ALTER SCHEMA … RENAME TO. */
export function renamedSchema(sql: string): Renaming<string> | null {
  const tree = treeOf(sql)
  if (tree === null || !('RenameStmt' in tree) || tree.RenameStmt.renameType !== 'OBJECT_SCHEMA') return null
  const { subname = '', newname = '' } = tree.RenameStmt
  return { from: subname, to: newname }
}

/** ALTER [MATERIALIZED] VIEW … RENAME TO, not that of a column. */
export function renamedView(sql: string): Renaming<RelationName> | null {
  const tree = treeOf(sql)
  if (tree === null || !('RenameStmt' in tree)) return null
  const { renameType = '', relation, newname = '' } = tree.RenameStmt
  if (renameType !== 'OBJECT_VIEW' && renameType !== 'OBJECT_MATVIEW') return null
  return { from: relationOf(relation), to: newname }
}

/** ALTER TYPE … RENAME VALUE. */
export function renamedEnumValue(sql: string): (Renaming<string> & { readonly type: RelationName }) | null {
  const tree = treeOf(sql)
  if (tree === null || !('AlterEnumStmt' in tree)) return null
  const { typeName, newVal, oldVal } = tree.AlterEnumStmt
  if (newVal === undefined || oldVal === undefined) return null
  return { type: relationOfNames(stringsOf(typeName)), from: oldVal, to: newVal }
}

/** CREATE EXTENSION; `optional`: IF NOT EXISTS. */
export function createdExtension(sql: string): { readonly name: string; readonly optional: boolean } | null {
  const tree = treeOf(sql)
  if (tree === null || !('CreateExtensionStmt' in tree)) return null
  const { extname = '', if_not_exists: optional = false } = tree.CreateExtensionStmt
  return { name: extname, optional }
}

/** What DROP TYPE and DROP DOMAIN name. */
export function droppedTypes(sql: string): readonly RelationName[] {
  const tree = treeOf(sql)
  if (tree === null || !('DropStmt' in tree)) return []
  return (tree.DropStmt.objects ?? []).flatMap((object) =>
    'TypeName' in object ? [relationOfNames(stringsOf(object.TypeName.names))] : [],
  )
}

/** What a view shows: the names of its columns in order; null where its query does not say (`*`, VALUES). */
export interface ViewFacts {
  readonly replaces: boolean
  readonly columns: readonly string[] | null
}

/** Of CREATE VIEW, or of the bare query that a database keeps. */
export function viewFacts(sql: string): ViewFacts | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  if ('SelectStmt' in tree) return { replaces: false, columns: outputColumns(tree) }
  if (!('ViewStmt' in tree)) return null
  const { aliases, query, replace } = tree.ViewStmt
  const named = stringsOf(aliases)
  const shown = outputColumns(query)
  const columns = shown === null ? null : [...named, ...shown.slice(named.length)]
  return { replaces: replace === true, columns }
}

function outputColumns(query: Node | undefined): readonly string[] | null {
  if (query === undefined || !('SelectStmt' in query)) return null
  const { targetList = [], larg } = query.SelectStmt
  // Of a UNION the first query gives the names.
  if (larg !== undefined) return outputColumns({ SelectStmt: larg })
  const names = targetList.map((node) => ('ResTarget' in node ? outputName(node.ResTarget) : null))
  const known = names.flatMap((name) => name ?? [])
  return known.length === names.length && known.length > 0 ? known : null
}

function outputName({ name, val }: { readonly name?: string; readonly val?: Node }): string | null {
  return name ?? (val === undefined ? null : derivedName(val))
}

/** The one relation of which a query shows every column, as they are (`SELECT * FROM t`); null: it is another query. */
export function shownWhole(sql: string): RelationName | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  const query = 'ViewStmt' in tree ? tree.ViewStmt.query : tree
  if (query === undefined || !('SelectStmt' in query)) return null
  const { targetList = [], fromClause = [] } = query.SelectStmt
  const [[target, other], [from, another]] = [targetList, fromClause]
  if (target === undefined || other !== undefined || from === undefined || another !== undefined) return null
  const value = 'ResTarget' in target ? target.ResTarget.val : undefined
  const isStar = value !== undefined && 'ColumnRef' in value && stringsOf(value.ColumnRef.fields).length === 0
  return isStar && 'RangeVar' in from ? relationOf(from.RangeVar) : null
}

/** The policy that CREATE POLICY makes, or DROP POLICY drops. */
export function policyNamed(sql: string): string | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  if ('CreatePolicyStmt' in tree) return tree.CreatePolicyStmt.policy_name ?? null
  if (!('DropStmt' in tree) || tree.DropStmt.removeType !== 'OBJECT_POLICY') return null
  return namesOf(tree.DropStmt.objects?.[0]).at(-1) ?? null
}

/** Is the policy that CREATE POLICY makes one that lets rows through, or one that takes some back? */
export function createdPolicy(sql: string): { readonly permissive: boolean } | null {
  const tree = treeOf(sql)
  if (tree === null || !('CreatePolicyStmt' in tree)) return null
  return { permissive: tree.CreatePolicyStmt.permissive === true }
}

/** The function or procedure that CREATE makes. */
export function createdFunction(sql: string): RelationName | null {
  const tree = treeOf(sql)
  return tree !== null && 'CreateFunctionStmt' in tree
    ? relationOfNames(stringsOf(tree.CreateFunctionStmt.funcname))
    : null
}

/** What DROP FUNCTION, DROP PROCEDURE and DROP ROUTINE name. */
export function droppedFunctions(sql: string): readonly RelationName[] {
  const tree = treeOf(sql)
  if (tree === null || !('DropStmt' in tree)) return []
  const { removeType = '', objects = [] } = tree.DropStmt
  if (!['OBJECT_FUNCTION', 'OBJECT_PROCEDURE', 'OBJECT_ROUTINE'].includes(removeType)) return []
  return objects.flatMap((object) =>
    'ObjectWithArgs' in object ? [relationOfNames(stringsOf(object.ObjectWithArgs.objname))] : [],
  )
}

/** Is a constraint in it NOT ENFORCED? */
export function isNotEnforced(sql: string): boolean {
  let found = false
  walk(treeOf(sql), (kind, { contype, is_enforced: isEnforced }) => {
    found ||= kind === 'Constraint' && isEnforced !== true && checked.includes(String(contype))
  })
  return found
}

/** Constraints that can be NOT ENFORCED. */
const checked: readonly string[] = ['CONSTR_CHECK', 'CONSTR_FOREIGN']

/** Does ALTER TYPE … ADD VALUE say BEFORE or AFTER? */
export function isEnumValuePlaced(sql: string): boolean {
  const tree = treeOf(sql)
  return tree !== null && 'AlterEnumStmt' in tree && tree.AlterEnumStmt.newValNeighbor !== undefined
}

/** What REVOKE takes, and from whom; `privileges` empty: all. */
export interface Revoked {
  readonly privileges: readonly string[]
  readonly from: readonly string[]
}

export function revoked(sql: string): Revoked | null {
  const tree = treeOf(sql)
  if (tree === null || !('GrantStmt' in tree) || tree.GrantStmt.is_grant === true) return null
  const { privileges = [], grantees = [] } = tree.GrantStmt
  return {
    privileges: privileges.flatMap((node) =>
      'AccessPriv' in node ? [(node.AccessPriv.priv_name ?? 'all').toUpperCase()] : [],
    ),
    from: grantees.flatMap((node) => {
      if (!('RoleSpec' in node)) return []
      const { roletype, rolename = '' } = node.RoleSpec
      return [roletype === 'ROLESPEC_PUBLIC' ? 'PUBLIC' : rolename]
    }),
  }
}

/** What REPLICA IDENTITY says of a row that is gone. */
export function replicaIdentity(sql: string): 'default' | 'full' | 'index' | 'nothing' | null {
  const tree = treeOf(sql)
  const command = tree !== null && 'AlterTableStmt' in tree ? tree.AlterTableStmt.cmds?.[0] : undefined
  const definition =
    command !== undefined && 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
  if (definition === undefined || !('ReplicaIdentityStmt' in definition)) return null
  // REPLICA_IDENTITY_… in pg_class.h.
  switch (definition.ReplicaIdentityStmt.identity_type) {
    case 'd':
      return 'default'
    case 'f':
      return 'full'
    case 'i':
      return 'index'
    case 'n':
      return 'nothing'
    case undefined:
    default:
      return null
  }
}

/** The enum that CREATE TYPE … AS ENUM makes. */
export function createdEnum(sql: string): RelationName | null {
  const tree = treeOf(sql)
  return tree !== null && 'CreateEnumStmt' in tree
    ? relationOfNames(stringsOf(tree.CreateEnumStmt.typeName))
    : null
}

/** What subscribers lose: every table, those that are named, or all that are not named. */
export function publicationLoss(
  sql: string,
): { readonly publication: string; readonly kind: 'all' | 'some' | 'others' } | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  if ('DropStmt' in tree && tree.DropStmt.removeType === 'OBJECT_PUBLICATION') {
    return { publication: namesOf(tree.DropStmt.objects?.[0]).at(-1) ?? '', kind: 'all' }
  }
  if (!('AlterPublicationStmt' in tree)) return null
  const { pubname = '', action, pubobjects = [] } = tree.AlterPublicationStmt
  if (pubobjects.length === 0) return null
  if (action === 'AP_DropObjects') return { publication: pubname, kind: 'some' }
  return action === 'AP_SetObjects' ? { publication: pubname, kind: 'others' } : null
}

/** The parameter that ALTER ROLE or ALTER DATABASE sets, for sessions that begin later. */
export function settingOfLaterSessions(sql: string): string | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  if ('AlterRoleSetStmt' in tree) return tree.AlterRoleSetStmt.setstmt?.name ?? null
  return 'AlterDatabaseSetStmt' in tree ? (tree.AlterDatabaseSetStmt.setstmt?.name ?? null) : null
}

/** Are the keys of CREATE INDEX bare columns: no expression, order, collation or operator class of their own? */
export function hasPlainKeys(sql: string): boolean {
  const tree = treeOf(sql)
  if (tree === null || !('IndexStmt' in tree)) return false
  return (tree.IndexStmt.indexParams ?? []).every((node) => {
    if (!('IndexElem' in node)) return false
    const { name, ordering, nulls_ordering: nulls, collation = [], opclass = [] } = node.IndexElem
    const isInOrder = ordering !== 'SORTBY_DESC' && nulls !== 'SORTBY_NULLS_FIRST'
    return name !== undefined && isInOrder && collation.length + opclass.length === 0
  })
}

/** Every constant in it but NULL, as one text each: what a partition's bounds and a CHECK have in common. */
export function constantsIn(sql: string): ReadonlySet<string> {
  const found = new Set<string>()
  walk(treeOf(sql), (kind, { sval, ival, fval }) => {
    if (kind === 'A_Const' && (sval ?? ival ?? fval) !== undefined)
      found.add(JSON.stringify(sval ?? ival ?? fval))
  })
  return found
}

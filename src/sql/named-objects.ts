/**
 * What a statement that has no action of its own makes or takes away, and what its text names. Read from its SQL anew;
 * `loadParser` must have been awaited.
 */
import type { Node } from '@pgsql/types'
import type { RelationName } from '../postgres/relation-name.ts'
import { wordsOf } from '../postgres/words.ts'
import { createdRoutine, droppedRoutines } from './routine-body.ts'
import { createdObject, createdType, createdView, droppedTrigger, treeOf } from './statement-facts.ts'
import { kindOf, namesOf, relationOf, relationOfNames, relationsIn, stringsOf, walk } from './tree.ts'

/** `on`: the table of what has no name but there. `replaces`: CREATE OR REPLACE. */
export type MadeObject =
  | {
      readonly kind: 'view' | 'materialized-view' | 'function' | 'sequence'
      readonly name: RelationName
      readonly replaces: boolean
    }
  | { readonly kind: 'type' | 'schema'; readonly name: RelationName; readonly replaces: false }
  | {
      readonly kind: 'trigger' | 'policy' | 'rule'
      readonly name: RelationName
      readonly on: RelationName
      readonly replaces: boolean
    }
export type MadeKind = MadeObject['kind']

/** The one object that CREATE makes; null: another statement, or one that makes something else beside it. */
export function madeObject(sql: string): MadeObject | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  const view = createdView(sql)
  if (view !== null) {
    const kind = view.materialized ? 'materialized-view' : 'view'
    return { kind, name: view.name, replaces: 'ViewStmt' in tree && tree.ViewStmt.replace === true }
  }
  if ('CreateFunctionStmt' in tree) {
    const name = createdRoutine(sql)?.name
    return name === undefined
      ? null
      : { kind: 'function', name, replaces: tree.CreateFunctionStmt.replace === true }
  }
  if ('CreateTrigStmt' in tree) {
    const { trigname: name = '', relation, replace } = tree.CreateTrigStmt
    return {
      kind: 'trigger',
      name: { schema: null, name },
      on: relationOf(relation),
      replaces: replace === true,
    }
  }
  if ('CreateSeqStmt' in tree) {
    const { sequence, if_not_exists: perhaps } = tree.CreateSeqStmt
    return perhaps === true ? null : { kind: 'sequence', name: relationOf(sequence), replaces: false }
  }
  if ('CreateSchemaStmt' in tree) {
    const { schemaname: name = '', schemaElts = [], authrole } = tree.CreateSchemaStmt
    const isBare = schemaElts.length === 0 && authrole === undefined
    return isBare ? { kind: 'schema', name: { schema: null, name }, replaces: false } : null
  }
  const part = createdObject(sql)
  if (part !== null && part.table !== null && part.kind !== 'statistics') {
    const replaces = 'RuleStmt' in tree && tree.RuleStmt.replace === true
    return { kind: part.kind, name: part.name, on: part.table, replaces }
  }
  const type = createdType(sql)
  return type === null ? null : { kind: 'type', name: type.name, replaces: false }
}

const droppedKinds = {
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'materialized-view',
  OBJECT_SEQUENCE: 'sequence',
  OBJECT_TYPE: 'type',
  OBJECT_DOMAIN: 'type',
  OBJECT_SCHEMA: 'schema',
  OBJECT_FUNCTION: 'function',
  OBJECT_PROCEDURE: 'function',
  OBJECT_ROUTINE: 'function',
  OBJECT_TRIGGER: 'trigger',
  OBJECT_POLICY: 'policy',
  OBJECT_RULE: 'rule',
} as const

export interface DroppedObject {
  readonly kind: MadeKind
  readonly name: RelationName
  /** Of a trigger, a policy or a rule. */
  readonly on: RelationName | null
}

/** What DROP takes away; empty: another statement, or one that drops things of another kind. */
export function droppedObjectsOf(sql: string): readonly DroppedObject[] {
  const tree = treeOf(sql)
  if (tree === null || !('DropStmt' in tree)) return []
  const { removeType, objects = [] } = tree.DropStmt
  const kind = Object.entries(droppedKinds).find(([type]) => type === removeType)?.[1]
  if (kind === undefined) return []
  if (kind === 'function') return droppedRoutines(sql).map((name) => ({ kind, name, on: null }))
  return objects.map((object) => {
    const names = 'TypeName' in object ? stringsOf(object.TypeName.names) : namesOf(object)
    if (kind !== 'trigger' && kind !== 'policy' && kind !== 'rule') {
      return { kind, name: relationOfNames(names), on: null }
    }
    const own = { schema: null, name: names.at(-1) ?? droppedTrigger(sql) ?? '' }
    return { kind, name: own, on: relationOfNames(names.slice(0, -1)) }
  })
}

/** DROP … CASCADE. */
export function isCascading(sql: string): boolean {
  const tree = treeOf(sql)
  return tree !== null && 'DropStmt' in tree && tree.DropStmt.behavior === 'DROP_CASCADE'
}

export interface NamedInText {
  readonly relations: readonly RelationName[]
  /** Columns, by their own names. */
  readonly columns: ReadonlySet<string>
  /** `*`, a whole row, NATURAL JOIN: every column of every relation. */
  readonly allColumns: boolean
  /** Every word of its string constants. */
  readonly words: ReadonlySet<string>
}

/** Null: the text does not parse. */
export function namedInText(sql: string): NamedInText | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  const relations = relationsIn(tree)
  const columns = new Set<string>()
  const words = new Set<string>()
  const rows = new Set(relations.map(({ name }) => name))
  const alone = new Set<string>()
  let allColumns = false
  walk([tree], (kind, object) => {
    if (kind === 'alias' && typeof object['aliasname'] === 'string') rows.add(object['aliasname'])
    if (kind === 'JoinExpr') {
      allColumns ||= object['isNatural'] === true
      for (const column of stringsOf(object['usingClause'])) columns.add(column)
    }
    if (kind === 'sval' && typeof object['sval'] === 'string') {
      for (const word of wordsOf(object['sval'])) words.add(word)
    }
    if (kind !== 'ColumnRef') return
    const fields: readonly Node[] = Array.isArray(object['fields']) ? object['fields'] : []
    const names = stringsOf(fields)
    const [last] = fields.slice(-1)
    if (last !== undefined && kindOf(last) === 'A_Star') allColumns = true
    else columns.add(names.at(-1) ?? '')
    if (names.length === 1) alone.add(names[0] ?? '')
  })
  // `SELECT t FROM t`: a name that stands alone and is that of a relation may be its whole row.
  allColumns ||= [...alone].some((name) => rows.has(name))
  return { relations, columns, allColumns, words }
}

/** What GRANT and REVOKE speak of. */
export interface Granted {
  readonly grants: boolean
  /** Empty: on objects that are no relations. */
  readonly relations: readonly RelationName[]
  /** ALL … IN SCHEMA: on whatever is there at that moment. */
  readonly inSchema: boolean
  /** Role names; PUBLIC, and roles that the session knows, in upper case. */
  readonly roles: readonly string[]
  readonly columns: readonly string[]
}

/** GRANT and REVOKE on objects; null: another statement. */
export function grantedBy(sql: string): Granted | null {
  const tree = treeOf(sql)
  if (tree === null || !('GrantStmt' in tree)) return null
  const { is_grant: grants, targtype, objtype, objects = [], privileges = [], grantees = [] } = tree.GrantStmt
  const isOnRelations = objtype === 'OBJECT_TABLE' || objtype === 'OBJECT_SEQUENCE'
  return {
    grants: grants === true,
    relations: isOnRelations
      ? objects.flatMap((node) => ('RangeVar' in node ? [relationOf(node.RangeVar)] : []))
      : [],
    inSchema: targtype !== 'ACL_TARGET_OBJECT',
    roles: grantees.flatMap((node) => {
      if (!('RoleSpec' in node)) return []
      const { roletype = '', rolename } = node.RoleSpec
      return [rolename ?? roletype.slice('ROLESPEC_'.length)]
    }),
    columns: privileges.flatMap((node) => ('AccessPriv' in node ? stringsOf(node.AccessPriv.cols) : [])),
  }
}

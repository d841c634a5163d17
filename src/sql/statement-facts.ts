/** Single facts about statements that no action carries, read from their SQL anew. `loadParser` must have been awaited. */
import type { ColumnRef, Node } from '@pgsql/types'
import type { ReplicaIdentity, TriggerSnapshot } from '../model/catalog.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { expressionOf } from './expression.ts'
import { parse } from './parser.ts'
import { namesOf, relationOf, relationOfNames, relationsIn, stringsOf, walk } from './tree.ts'

/** The tree of the first statement of a text; null where it does not parse. */
export function treeOf(sql: string): Node | null {
  const result = parse(sql)
  return result.ok ? (result.statements[0]?.node ?? null) : null
}

/**
 * Columns that a WHERE condition holds equal to constants or parameters: `c = 1`, `c IN (1, 2)`, alone or under AND,
 * unqualified.
 */
export function pinnedColumns(where: string): readonly string[] {
  const tree = treeOf(`SELECT WHERE ${where}`)
  const condition = tree !== null && 'SelectStmt' in tree ? tree.SelectStmt.whereClause : undefined
  return condition === undefined ? [] : [...new Set(pinnedIn(condition))]
}

function pinnedIn(node: Node): string[] {
  if ('BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR')
    return (node.BoolExpr.args ?? []).flatMap(pinnedIn)
  if (!('A_Expr' in node) || stringsOf(node.A_Expr.name).at(-1) !== '=') return []
  const { kind, lexpr, rexpr } = node.A_Expr
  if (lexpr === undefined || rexpr === undefined) return []
  if (kind === 'AEXPR_IN') {
    const items = 'List' in rexpr ? (rexpr.List.items ?? []) : []
    return items.every(isFixed) ? columnOf(lexpr) : []
  }
  if (kind !== 'AEXPR_OP') return []
  if (isFixed(rexpr)) return columnOf(lexpr)
  return isFixed(lexpr) ? columnOf(rexpr) : []
}

function columnOf(node: Node): string[] {
  const reference: ColumnRef | null = 'ColumnRef' in node ? node.ColumnRef : null
  return stringsOf(reference?.fields?.slice(-1))
}

function isFixed(node: Node): boolean {
  if ('A_Const' in node || 'ParamRef' in node) return true
  return 'TypeCast' in node && node.TypeCast.arg !== undefined && isFixed(node.TypeCast.arg)
}

/** Is this expression NULL, or a cast of it? Most expressions are answered without the parser. */
export function isNullExpression(sql: string): boolean {
  if (!sql.toLowerCase().includes('null')) return false
  const tree = treeOf(`SELECT ${sql}`)
  const target = tree !== null && 'SelectStmt' in tree ? tree.SelectStmt.targetList?.[0] : undefined
  const value = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined
  return value !== undefined && expressionOf(value, sql).isNull
}

/** The column of a condition that is `column IS NULL` and nothing else, unqualified; null: it is another. */
export function nullTestOf(where: string): string | null {
  const tree = treeOf(`SELECT WHERE ${where}`)
  const condition = tree !== null && 'SelectStmt' in tree ? tree.SelectStmt.whereClause : undefined
  if (condition === undefined || !('NullTest' in condition)) return null
  const { arg, nulltesttype } = condition.NullTest
  if (arg === undefined || nulltesttype !== 'IS_NULL') return null
  return columnOf(arg)[0] ?? null
}

/** What an UPDATE says that its action does not. */
export interface UpdateFacts {
  readonly only: boolean
  /** SET of a part of a column: `a[1]`, `a.b`. */
  readonly partial: boolean
  /** SET of several columns at once: `(a, b) = …`. */
  readonly grouped: boolean
  /** FROM or WITH. */
  readonly joins: boolean
}

export function updateFacts(sql: string): UpdateFacts {
  const tree = treeOf(sql)
  if (tree === null || !('UpdateStmt' in tree)) {
    return { only: false, partial: false, grouped: false, joins: false }
  }
  const { relation, targetList = [], fromClause = [], withClause } = tree.UpdateStmt
  const targets = targetList.flatMap((node) => ('ResTarget' in node ? [node.ResTarget] : []))
  return {
    only: relation?.inh !== true,
    partial: targets.some(({ indirection = [] }) => indirection.length > 0),
    grouped: targets.some(({ val }) => val !== undefined && 'MultiAssignRef' in val),
    joins: fromClause.length > 0 || withClause !== undefined,
  }
}

/** Does a key in it say how its index is stored: WITH (fillfactor = …), USING INDEX TABLESPACE? */
export function hasIndexStorage(sql: string): boolean {
  let found = false
  walk(treeOf(sql), (kind, object) => {
    if (kind !== 'Constraint') return
    const { options, indexspace } = object
    found ||= (Array.isArray(options) && options.length > 0) || typeof indexspace === 'string'
  })
  return found
}

export interface CreatedType {
  readonly kind: 'domain' | 'type'
  readonly name: RelationName
  /** A domain that checks its values. Enums, ranges and composites are never. */
  readonly checked: boolean
}

/** The type that CREATE TYPE or CREATE DOMAIN makes. */
export function createdType(sql: string): CreatedType | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  if ('CreateDomainStmt' in tree) {
    const { domainname, constraints = [] } = tree.CreateDomainStmt
    const isCheck = (node: Node) =>
      'Constraint' in node && ['CONSTR_CHECK', 'CONSTR_NOTNULL'].includes(node.Constraint.contype ?? '')
    return {
      kind: 'domain',
      name: relationOfNames(stringsOf(domainname)),
      checked: constraints.some(isCheck),
    }
  }
  const free = (names: readonly string[]) => ({
    kind: 'type' as const,
    name: relationOfNames(names),
    checked: false,
  })
  if ('CreateEnumStmt' in tree) return free(stringsOf(tree.CreateEnumStmt.typeName))
  if ('CreateRangeStmt' in tree) return free(stringsOf(tree.CreateRangeStmt.typeName))
  if ('CompositeTypeStmt' in tree)
    return { kind: 'type', name: relationOf(tree.CompositeTypeStmt.typevar), checked: false }
  if ('DefineStmt' in tree && tree.DefineStmt.kind === 'OBJECT_TYPE')
    return free(stringsOf(tree.DefineStmt.defnames))
  return null
}

/** The value that ALTER TYPE … ADD VALUE adds to an enum. */
export function addedEnumValue(sql: string): { readonly type: RelationName; readonly value: string } | null {
  const tree = treeOf(sql)
  if (tree === null || !('AlterEnumStmt' in tree)) return null
  const { typeName, newVal, oldVal } = tree.AlterEnumStmt
  // With an old one, it is renamed.
  if (newVal === undefined || oldVal !== undefined) return null
  return { type: relationOfNames(stringsOf(typeName)), value: newVal }
}

/** Every string constant in it. */
export function stringsIn(sql: string): ReadonlySet<string> {
  const found = new Set<string>()
  walk(treeOf(sql), (kind, object) => {
    // Under its own name it stands in sval; an empty one is left out by the parser.
    if (kind === 'sval' && typeof object['sval'] === 'string') found.add(object['sval'])
  })
  return found
}

/** Is it a CREATE TRIGGER … FOR EACH ROW? */
export function isRowTrigger(sql: string): boolean {
  const tree = treeOf(sql)
  return tree !== null && 'CreateTrigStmt' in tree && tree.CreateTrigStmt.row === true
}

/** The trigger that CREATE TRIGGER makes. Bits: TRIGGER_TYPE_… in pg_trigger.h. */
export function createdTrigger(sql: string): TriggerSnapshot | null {
  const tree = treeOf(sql)
  if (tree === null || !('CreateTrigStmt' in tree)) return null
  const { trigname = '', events = 0 } = tree.CreateTrigStmt
  const bits = { insert: 4, update: 16, delete: 8, truncate: 32 } as const
  const kinds = ['insert', 'update', 'delete', 'truncate'] as const
  const { columns, whenClause } = tree.CreateTrigStmt
  const named = new Set(stringsOf(columns))
  walk([whenClause], (kind, object) => {
    const name = kind === 'ColumnRef' ? stringsOf(object['fields']).at(-1) : undefined
    if (name !== undefined) named.add(name)
  })
  const fired = kinds.filter((kind) => (events & bits[kind]) !== 0)
  return { name: trigname, events: fired, columns: [...named].sort() }
}

/** The name of the trigger that DROP TRIGGER drops. */
export function droppedTrigger(sql: string): string | null {
  const tree = treeOf(sql)
  if (tree === null || !('DropStmt' in tree) || tree.DropStmt.removeType !== 'OBJECT_TRIGGER') return null
  return namesOf(tree.DropStmt.objects?.[0]).at(-1) ?? null
}

/** Words that change what a statement does but not its tag. */
export interface StatementOptions {
  readonly concurrently: boolean
  /** VACUUM FULL. */
  readonly full: boolean
  /** COPY … FROM, which writes; COPY … TO reads. */
  readonly copiesFrom: boolean
  readonly cascade: boolean
  /** ALTER INDEX … SET TABLESPACE, which copies the file. */
  readonly tablespace: boolean
}

export function optionsOf(sql: string): StatementOptions {
  const tree = treeOf(sql)
  const none = { concurrently: false, full: false, copiesFrom: false, cascade: false, tablespace: false }
  if (tree === null) return none
  if ('RefreshMatViewStmt' in tree)
    return { ...none, concurrently: tree.RefreshMatViewStmt.concurrent === true }
  if ('CopyStmt' in tree) return { ...none, copiesFrom: tree.CopyStmt.is_from === true }
  if ('DropStmt' in tree) return { ...none, cascade: tree.DropStmt.behavior === 'DROP_CASCADE' }
  if ('AlterTableStmt' in tree) {
    const isMove = (node: Node) =>
      'AlterTableCmd' in node && node.AlterTableCmd.subtype === 'AT_SetTableSpace'
    return { ...none, tablespace: (tree.AlterTableStmt.cmds ?? []).some(isMove) }
  }
  if ('VacuumStmt' in tree) return { ...none, full: hasOption(tree.VacuumStmt.options ?? [], 'full') }
  return none
}

function hasOption(options: readonly Node[], name: string): boolean {
  const option = options.find((node) => 'DefElem' in node && node.DefElem.defname === name)
  if (option === undefined || !('DefElem' in option)) return false
  const { arg } = option.DefElem
  const value = arg === undefined ? undefined : stringsOf([arg])[0]
  return value === undefined || !['false', 'off', 'no', '0'].includes(value.toLowerCase())
}

/** Does CREATE TABLE … PARTITION OF or ATTACH PARTITION make the default partition? */
export function isDefaultPartition(sql: string): boolean {
  const tree = treeOf(sql)
  if (tree === null) return false
  if ('CreateStmt' in tree) return tree.CreateStmt.partbound?.is_default === true
  const command = 'AlterTableStmt' in tree ? tree.AlterTableStmt.cmds?.[0] : undefined
  const definition =
    command !== undefined && 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
  return (
    definition !== undefined &&
    'PartitionCmd' in definition &&
    definition.PartitionCmd.bound?.is_default === true
  )
}

/** What LIKE copies beside names, types, collations and NOT NULL. */
export interface LikeOptions {
  readonly source: RelationName
  readonly defaults: boolean
  readonly generated: boolean
  readonly identity: boolean
  readonly constraints: boolean
  readonly indexes: boolean
}

/** The LIKE clauses of a CREATE TABLE, in order. Bits: CREATE_TABLE_LIKE_… in parsenodes.h. */
export function likeOptions(sql: string): readonly LikeOptions[] {
  const tree = treeOf(sql)
  if (tree === null || !('CreateStmt' in tree)) return []
  return (tree.CreateStmt.tableElts ?? []).flatMap((node) => {
    if (!('TableLikeClause' in node)) return []
    const { relation, options = 0 } = node.TableLikeClause
    const has = (bit: number) => (options & bit) !== 0
    return [
      {
        source: relationOf(relation),
        constraints: has(4),
        defaults: has(8),
        generated: has(16),
        identity: has(32),
        indexes: has(64),
      },
    ]
  })
}

/**
 * The name that PostgreSQL derives for each key of an index, for the name of the index itself: the column, the function
 * that is called last, … null where it has none. FigureIndexColname, parse_target.c.
 */
export function indexKeyNames(sql: string): readonly (string | null)[] {
  const tree = treeOf(sql)
  if (tree === null || !('IndexStmt' in tree)) return []
  return (tree.IndexStmt.indexParams ?? []).map((node) => {
    if (!('IndexElem' in node)) return null
    const { name, expr } = node.IndexElem
    return name ?? (expr === undefined ? null : derivedName(expr))
  })
}

function derivedName(node: Node): string | null {
  if ('ColumnRef' in node) return stringsOf(node.ColumnRef.fields).at(-1) ?? null
  if ('FuncCall' in node) return stringsOf(node.FuncCall.funcname).at(-1) ?? null
  if ('CollateClause' in node)
    return node.CollateClause.arg === undefined ? null : derivedName(node.CollateClause.arg)
  if ('TypeCast' in node) {
    const inner = node.TypeCast.arg === undefined ? null : derivedName(node.TypeCast.arg)
    return inner ?? stringsOf(node.TypeCast.typeName?.names).at(-1) ?? null
  }
  if ('CoalesceExpr' in node) return 'coalesce'
  if ('CaseExpr' in node) return 'case'
  if ('A_ArrayExpr' in node) return 'array'
  if ('RowExpr' in node) return 'row'
  return null
}

/** ADD GENERATED … AS IDENTITY. */
export function addedIdentity(sql: string): 'always' | 'by-default' | null {
  const tree = treeOf(sql)
  const command = tree !== null && 'AlterTableStmt' in tree ? tree.AlterTableStmt.cmds?.[0] : undefined
  const definition =
    command !== undefined && 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
  if (definition === undefined || !('Constraint' in definition)) return null
  return definition.Constraint.generated_when === 'a' ? 'always' : 'by-default'
}

/** What ALTER TABLE … REPLICA IDENTITY makes of a table; null: it is another statement. */
export function replicaIdentityOf(sql: string): ReplicaIdentity | null {
  const tree = treeOf(sql)
  const command = tree !== null && 'AlterTableStmt' in tree ? tree.AlterTableStmt.cmds?.[0] : undefined
  const definition =
    command !== undefined && 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined
  if (definition === undefined || !('ReplicaIdentityStmt' in definition)) return null
  // The letters of pg_class.relreplident.
  const { identity_type: letter, name = null } = definition.ReplicaIdentityStmt
  if (letter === 'i') return { kind: 'index', index: name }
  return { kind: letter === 'f' ? 'full' : letter === 'n' ? 'nothing' : 'default' }
}

/** The column or constraint that COMMENT stands on, by its own name; null: it stands on something else. */
export function commentedPart(
  sql: string,
): { readonly kind: 'column' | 'constraint'; readonly name: string } | null {
  const tree = treeOf(sql)
  if (tree === null || !('CommentStmt' in tree)) return null
  const { objtype, object } = tree.CommentStmt
  const name = namesOf(object).at(-1)
  if (name === undefined) return null
  if (objtype === 'OBJECT_COLUMN') return { kind: 'column', name }
  return objtype === 'OBJECT_TABCONSTRAINT' ? { kind: 'constraint', name } : null
}

/** ALTER DOMAIN, and whether it holds every value of the domain against something. */
export interface ChangedDomain {
  readonly name: RelationName
  readonly checks: boolean
  /** VALIDATE CONSTRAINT. */
  readonly validates: boolean
}

export function changedDomain(sql: string): ChangedDomain | null {
  const tree = treeOf(sql)
  if (tree === null || !('AlterDomainStmt' in tree)) return null
  // C: ADD CONSTRAINT, O: SET NOT NULL, V: VALIDATE CONSTRAINT.
  const { subtype = '', typeName, def } = tree.AlterDomainStmt
  const skips = def !== undefined && 'Constraint' in def && def.Constraint.skip_validation === true
  return {
    name: relationOfNames(stringsOf(typeName)),
    checks: 'COV'.includes(subtype) && !skips,
    validates: subtype === 'V',
  }
}

/** What a query names: relations, and columns by their own name; `*` stands for all of them. */
export interface NamedInQuery {
  readonly relations: readonly RelationName[]
  readonly columns: ReadonlySet<string>
}

/** Null: the text does not parse. */
export function namedIn(sql: string): NamedInQuery | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  const columns = new Set<string>()
  walk([tree], (kind, object) => {
    if (kind !== 'ColumnRef') return
    const fields = Array.isArray(object['fields']) ? (object['fields'] as readonly Node[]) : []
    columns.add(stringsOf(fields.slice(-1))[0] ?? '*')
  })
  return { relations: relationsIn(tree), columns }
}

/** The view that CREATE VIEW or CREATE MATERIALIZED VIEW makes. `filled`: its query is run, WITH DATA. */
export function createdView(
  sql: string,
): { readonly name: RelationName; readonly materialized: boolean; readonly filled: boolean } | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  if ('ViewStmt' in tree) return { name: relationOf(tree.ViewStmt.view), materialized: false, filled: false }
  if (!('CreateTableAsStmt' in tree) || tree.CreateTableAsStmt.objtype !== 'OBJECT_MATVIEW') return null
  const { into } = tree.CreateTableAsStmt
  return { name: relationOf(into?.rel), materialized: true, filled: into?.skipData !== true }
}

/** What DROP names, for objects that are no relations (`DROP STATISTICS a, b`). */
export function droppedObjects(sql: string): readonly RelationName[] {
  const tree = treeOf(sql)
  if (tree === null || !('DropStmt' in tree)) return []
  return (tree.DropStmt.objects ?? []).map((object) => relationOfNames(namesOf(object)))
}

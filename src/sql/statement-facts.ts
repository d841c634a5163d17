/** Single facts about statements that no action carries, read from their SQL anew. `loadParser` must have been awaited. */
import type { AlterTableCmd, ColumnRef, Node } from '@pgsql/types'
import type { ReplicaIdentity, TriggerSnapshot } from '../model/catalog.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { expressionOf } from './expression.ts'
import { parse } from './parser.ts'
import { typeText } from './type-text.ts'
import { scannerOf } from './token.ts'
import { namesOf, relationOf, relationOfNames, relationsIn, stringsOf, walk } from './tree.ts'

/** Several rules ask about one action after the other: trees of the last texts, which nobody may change. */
const recentTrees = new Map<string, Node | null>()
const recentTreesMax = 64

/** The tree of the first statement of a text; null where it does not parse. */
export function treeOf(sql: string): Node | null {
  const known = recentTrees.get(sql)
  if (known !== undefined) return known
  const result = parse(sql)
  const tree = result.ok ? (result.statements[0]?.node ?? null) : null
  if (recentTrees.size >= recentTreesMax) recentTrees.clear()
  recentTrees.set(sql, tree)
  return tree
}

/** A keyword stands in a text as itself, in whatever case: where it does not, there is nothing to parse the text for. */
function mayHold(sql: string, keyword: string): boolean {
  return sql.toLowerCase().includes(keyword)
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
  /** Of a domain: the type that it is made of. */
  readonly base: string | null
  /** It has a relation of its name. */
  readonly composite: boolean
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
      base: typeText(tree.CreateDomainStmt.typeName),
      composite: false,
    }
  }
  const free = (names: readonly string[]) => ({
    kind: 'type' as const,
    name: relationOfNames(names),
    checked: false,
    base: null,
    composite: false,
  })
  if ('CreateEnumStmt' in tree) return free(stringsOf(tree.CreateEnumStmt.typeName))
  if ('CreateRangeStmt' in tree) return free(stringsOf(tree.CreateRangeStmt.typeName))
  if ('CompositeTypeStmt' in tree)
    return {
      kind: 'type',
      name: relationOf(tree.CompositeTypeStmt.typevar),
      checked: false,
      base: null,
      composite: true,
    }
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
  // A string begins with one of these, however it is written.
  if (!sql.includes("'") && !sql.includes('$')) return found
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
  readonly ifExists: boolean
  /** ALTER INDEX … SET TABLESPACE, which copies the file. */
  readonly tablespace: boolean
}

export function optionsOf(sql: string): StatementOptions {
  const tree = treeOf(sql)
  const none = {
    concurrently: false,
    full: false,
    copiesFrom: false,
    cascade: false,
    ifExists: false,
    tablespace: false,
  }
  if (tree === null) return none
  if ('RefreshMatViewStmt' in tree)
    return { ...none, concurrently: tree.RefreshMatViewStmt.concurrent === true }
  if ('CopyStmt' in tree) return { ...none, copiesFrom: tree.CopyStmt.is_from === true }
  if ('DropStmt' in tree) {
    const { behavior, missing_ok: ifExists } = tree.DropStmt
    return { ...none, cascade: behavior === 'DROP_CASCADE', ifExists: ifExists === true }
  }
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

/** The column that OWNED BY names; `none`: OWNED BY NONE. Null: it does not say. */
export function ownerOfSequence(
  sql: string,
): { readonly table: RelationName; readonly column: string } | 'none' | null {
  const tree = treeOf(sql)
  if (tree === null || !('CreateSeqStmt' in tree || 'AlterSeqStmt' in tree)) return null
  const { options = [] } = 'CreateSeqStmt' in tree ? tree.CreateSeqStmt : tree.AlterSeqStmt
  const owned = options.find((node) => 'DefElem' in node && node.DefElem.defname === 'owned_by')
  const names = owned !== undefined && 'DefElem' in owned ? namesOf(owned.DefElem.arg) : []
  const column = names.at(-1)
  if (column === undefined) return null
  // The grammar takes no unqualified column, but the word itself.
  return names.length < 2 ? 'none' : { table: relationOfNames(names.slice(0, -1)), column }
}

/** CREATE UNLOGGED TABLE. */
export function isUnloggedTable(sql: string): boolean {
  if (!mayHold(sql, 'unlogged')) return false
  const tree = treeOf(sql)
  if (tree === null) return false
  if ('CreateStmt' in tree) return tree.CreateStmt.relation?.relpersistence === 'u'
  return 'CreateTableAsStmt' in tree && tree.CreateTableAsStmt.into?.rel?.relpersistence === 'u'
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

/** The name that PostgreSQL gives to a column of a query that has none; null: nobody can say, or `?column?`. */
export function derivedName(node: Node): string | null {
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

/** A policy or rule on a table, or statistics by themselves. */
export interface NamedPart {
  readonly kind: 'policy' | 'rule' | 'statistics'
  readonly name: RelationName
  readonly table: RelationName | null
}

export function createdObject(sql: string): NamedPart | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  if ('CreatePolicyStmt' in tree) {
    const { policy_name: name = '', table } = tree.CreatePolicyStmt
    return { kind: 'policy', name: { schema: null, name }, table: relationOf(table) }
  }
  if ('RuleStmt' in tree) {
    const { rulename: name = '', relation } = tree.RuleStmt
    return { kind: 'rule', name: { schema: null, name }, table: relationOf(relation) }
  }
  if (!('CreateStatsStmt' in tree)) return null
  const names = stringsOf(tree.CreateStatsStmt.defnames)
  return names.length === 0 ? null : { kind: 'statistics', name: relationOfNames(names), table: null }
}

const droppedKinds = {
  OBJECT_POLICY: 'policy',
  OBJECT_RULE: 'rule',
  OBJECT_STATISTIC_EXT: 'statistics',
} as const

/** What DROP POLICY, DROP RULE and DROP STATISTICS drop. */
export function droppedParts(sql: string): readonly NamedPart[] {
  const tree = treeOf(sql)
  if (tree === null || !('DropStmt' in tree)) return []
  const { removeType, objects = [] } = tree.DropStmt
  const kind = Object.entries(droppedKinds).find(([type]) => type === removeType)?.[1]
  if (kind === undefined) return []
  return objects.map((object) => {
    const names = namesOf(object)
    if (kind === 'statistics') return { kind, name: relationOfNames(names), table: null }
    const table = relationOfNames(names.slice(0, -1))
    return { kind, name: { schema: null, name: names.at(-1) ?? '' }, table }
  })
}

/** ALTER TABLE ONLY, UPDATE ONLY, LOCK TABLE ONLY, …: partitions and heirs are left alone. */
export function isOnly(sql: string): boolean {
  const tree = treeOf(sql)
  if (tree === null) return false
  if ('AlterTableStmt' in tree) return tree.AlterTableStmt.relation?.inh !== true
  if ('RenameStmt' in tree) return tree.RenameStmt.relation?.inh !== true
  if ('UpdateStmt' in tree) return tree.UpdateStmt.relation?.inh !== true
  if ('DeleteStmt' in tree) return tree.DeleteStmt.relation?.inh !== true
  const relations =
    'LockStmt' in tree ? tree.LockStmt.relations : 'TruncateStmt' in tree ? tree.TruncateStmt.relations : []
  const [first] = relations ?? []
  return first !== undefined && 'RangeVar' in first && first.RangeVar.inh !== true
}

/** Names of storage parameters that ALTER … SET (…) or RESET (…) speaks of. */
export function storageParameters(sql: string): readonly string[] {
  const names: string[] = []
  walk([treeOf(sql)], (kind, object) => {
    if (kind === 'DefElem' && typeof object['defname'] === 'string') names.push(object['defname'])
  })
  return names
}

/** Relations that an INSERT, UPDATE, DELETE or MERGE anywhere in it writes. */
export function writtenIn(sql: string): readonly RelationName[] {
  const found: RelationName[] = []
  walk([treeOf(sql)], (kind, object) => {
    const isWrite = ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'].includes(kind)
    if (isWrite) found.push(...relationsIn({ relation: object['relation'] }))
  })
  return found
}

/** CREATE … AS or REFRESH MATERIALIZED VIEW … WITH NO DATA. */
export function skipsData(sql: string): boolean {
  const tree = treeOf(sql)
  if (tree === null) return false
  if ('RefreshMatViewStmt' in tree) return tree.RefreshMatViewStmt.skipData === true
  return 'CreateTableAsStmt' in tree && tree.CreateTableAsStmt.into?.skipData === true
}

/** ALTER INDEX or ALTER TABLE … SET TABLESPACE: what goes where; null: this moves nothing, or does more than that. */
export function movedTo(
  sql: string,
): { readonly relation: RelationName; readonly tablespace: string } | null {
  const tree = treeOf(sql)
  if (tree === null || !('AlterTableStmt' in tree)) return null
  const [node, ...more] = tree.AlterTableStmt.cmds ?? []
  const command = node !== undefined && 'AlterTableCmd' in node ? node.AlterTableCmd : null
  return command?.subtype === 'AT_SetTableSpace' && command.name !== undefined && more.length === 0
    ? { relation: relationOf(tree.AlterTableStmt.relation), tablespace: command.name }
    : null
}

/** The composite type of CREATE TABLE … OF and ALTER TABLE … OF. */
export function typeOfTable(sql: string): RelationName | null {
  if (!mayHold(sql, 'of')) return null
  const tree = treeOf(sql)
  if (tree === null) return null
  if ('CreateStmt' in tree) {
    const names = stringsOf(tree.CreateStmt.ofTypename?.names)
    return names.length === 0 ? null : relationOfNames(names)
  }
  const definition = firstCommand(tree)?.def
  return definition !== undefined && 'TypeName' in definition
    ? relationOfNames(stringsOf(definition.TypeName.names))
    : null
}

function firstCommand(tree: Node): AlterTableCmd | null {
  const [command] = 'AlterTableStmt' in tree ? (tree.AlterTableStmt.cmds ?? []) : []
  return command !== undefined && 'AlterTableCmd' in command ? command.AlterTableCmd : null
}

export function newAccessMethod(sql: string): string | null {
  const tree = treeOf(sql)
  const command = tree === null ? null : firstCommand(tree)
  return command?.subtype === 'AT_SetAccessMethod' ? (command.name ?? null) : null
}

export function restartsIdentity(sql: string): boolean {
  const tree = treeOf(sql)
  return tree !== null && 'TruncateStmt' in tree && tree.TruncateStmt.restart_seqs === true
}

/** ALTER CONSTRAINT … ENFORCED (true) or NOT ENFORCED (false); null: it says nothing of that. */
export function changedEnforcement(sql: string): boolean | null {
  const tree = treeOf(sql)
  const definition = tree === null ? undefined : firstCommand(tree)?.def
  if (definition === undefined || !('ATAlterConstraint' in definition)) return null
  const { alterEnforceability, is_enforced: isEnforced } = definition.ATAlterConstraint
  return alterEnforceability === true ? isEnforced === true : null
}

/** The row locks of a SELECT, or of the one in an INSERT: which relations they are on, by their own names; the others are only read. */
export function rowLocks(sql: string): {
  readonly locked: readonly RelationName[]
  readonly read: readonly RelationName[]
} {
  const tree = treeOf(sql)
  const select = tree !== null && 'InsertStmt' in tree ? tree.InsertStmt.selectStmt : tree
  if (select === null || select === undefined || !('SelectStmt' in select)) return { locked: [], read: [] }
  const { lockingClause = [], ...query } = select.SelectStmt
  const all = relationsIn(query)
  const clauses = lockingClause.flatMap((node) => ('LockingClause' in node ? [node.LockingClause] : []))
  const named = clauses.flatMap(({ lockedRels = [] }) =>
    lockedRels.flatMap((node) => ('RangeVar' in node ? [node.RangeVar.relname ?? ''] : [])),
  )
  if (clauses.some(({ lockedRels = [] }) => lockedRels.length === 0)) return { locked: all, read: [] }
  const aliases = new Map<string, string>()
  walk([query], (kind, object) => {
    if (kind !== 'RangeVar') return
    const alias = object['alias']
    const name = String(object['relname'])
    const aliasName = typeof alias === 'object' && alias !== null ? Reflect.get(alias, 'aliasname') : name
    aliases.set(String(aliasName), name)
  })
  const names = new Set(named.map((one) => aliases.get(one) ?? one))
  return {
    locked: all.filter(({ name }) => names.has(name)),
    read: all.filter(({ name }) => !names.has(name)),
  }
}

/** The statement inside of EXPLAIN, and whether it is run. */
export function explained(sql: string): { readonly sql: string; readonly runs: boolean } | null {
  const tree = treeOf(sql)
  if (tree === null || !('ExplainStmt' in tree)) return null
  const tokens = wordsOf(sql)
  let at = 1
  if (tokens[at]?.text === '(') {
    for (let depth = 0; at < tokens.length; at++) {
      const text = tokens[at]?.text
      if (text === '(') depth++
      else if (text === ')' && --depth === 0) break
    }
    at++
  } else while (['analyze', 'analyse', 'verbose'].includes(tokens[at]?.text ?? '')) at++
  return {
    sql: sql.slice(tokens[at]?.start ?? sql.length),
    runs: hasOption(tree.ExplainStmt.options ?? [], 'analyze'),
  }
}

/** The statement that PREPARE keeps. */
export function prepared(sql: string): string | null {
  const tree = treeOf(sql)
  if (tree === null || !('PrepareStmt' in tree)) return null
  const mark = wordsOf(sql).find(({ text }) => text === 'as')
  return mark === undefined ? null : sql.slice(mark.end)
}

function wordsOf(sql: string): { readonly text: string; readonly start: number; readonly end: number }[] {
  const scanner = scannerOf(sql, 0, sql.length)
  const words = []
  for (let kind = scanner.next(); kind !== null; kind = scanner.next()) {
    const { start, end } = scanner
    if (kind !== 'comment') words.push({ text: sql.slice(start, end).toLowerCase(), start, end })
  }
  return words
}

/** The columns that an INSERT gives values for; null: it names none, and gives all of them; empty: DEFAULT VALUES. */
export function insertedColumns(sql: string): readonly string[] | null {
  const tree = treeOf(sql)
  if (tree === null || !('InsertStmt' in tree)) return null
  const { cols = [], selectStmt } = tree.InsertStmt
  if (selectStmt === undefined) return []
  const names = cols.flatMap((node) => ('ResTarget' in node ? [node.ResTarget.name ?? ''] : []))
  return names.length === 0 ? null : names
}

/** ALTER … RENAME TO, as against what else that tag does. */
export function isRenaming(sql: string): boolean {
  const tree = treeOf(sql)
  return tree !== null && 'RenameStmt' in tree
}

/** ALTER SEQUENCE of its own options, as against a new name, schema or owner. */
export function isSequenceOption(sql: string): boolean {
  const tree = treeOf(sql)
  return tree !== null && 'AlterSeqStmt' in tree
}

/** The function that CREATE TRIGGER names. */
export function triggerFunction(sql: string): RelationName | null {
  const tree = treeOf(sql)
  if (tree === null || !('CreateTrigStmt' in tree)) return null
  return relationOfNames(stringsOf(tree.CreateTrigStmt.funcname))
}

/** Does it name the relation with ONLY before it? */
export function isOnlyIn(sql: string, relation: RelationName): boolean {
  let found = false
  walk([treeOf(sql)], (kind, object) => {
    // In lists of tables a relation stands under `relation`, in queries under `RangeVar`.
    const isHere = (kind === 'relation' || kind === 'RangeVar') && object['relname'] === relation.name
    found ||= isHere && object['inh'] !== true
  })
  return found
}

/** The composite type whose attributes ALTER TYPE changes. */
export function changedComposite(sql: string): RelationName | null {
  const tree = treeOf(sql)
  if (tree === null) return null
  if ('RenameStmt' in tree) {
    const { renameType, relation } = tree.RenameStmt
    return renameType === 'OBJECT_ATTRIBUTE' ? relationOf(relation) : null
  }
  if (!('AlterTableStmt' in tree) || tree.AlterTableStmt.objtype !== 'OBJECT_TYPE') return null
  return relationOf(tree.AlterTableStmt.relation)
}

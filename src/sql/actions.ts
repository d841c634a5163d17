/** Statements cut into actions: the one place that knows which tree becomes which action. */
import type {
  AlterObjectSchemaStmt,
  CommentStmt,
  CreateStmt,
  DropStmt,
  IndexStmt,
  IntoClause,
  LockStmt,
  Node,
  ObjectType,
  RenameStmt,
  ReindexStmt,
  SelectStmt,
  TransactionStmt,
  TransactionStmtKind,
  TruncateStmt,
} from '@pgsql/types'
import type { Action, ActionOf, Statement } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { type RelationName, formatRelation } from '../postgres/relation-name.ts'
import { lockModeSql, lockModes } from '../postgres/lock-mode.ts'
import { type Cut, cutAlterTable } from './alter-table.ts'
import { deleteAction, insertAction, updateAction } from './change-rows.ts'
import { columnOf } from './column.ts'
import { commandTag, objectTypeWords } from './command-tag.ts'
import { constraintOf } from './constraint.ts'
import { parse } from './parser.ts'
import { setAction } from './set.ts'
import { type Source, itemEnd, spanBetween } from './source.ts'
import {
  isSameTree,
  namesOf,
  relationOf,
  relationOfNames,
  relationsIn,
  stringsOf,
  uniqueRelations,
  writesInWith,
} from './tree.ts'

/** What a statement does; `other` for what no action describes. Every SQL made here is parsed again and compared. */
export function actionsOf(node: Node, source: Source): Statement['actions'] {
  const cuts = cutsOf(node, source)
  confirm(cuts)
  const [first, ...others] = cuts.map(({ action }) => action)
  return first === undefined ? [otherAction(node, source)] : [first, ...others]
}

function cutsOf(node: Node, source: Source): readonly Cut[] {
  if ('AlterTableStmt' in node) {
    if (node.AlterTableStmt.objtype !== 'OBJECT_TABLE') return []
    return cutAlterTable(node.AlterTableStmt, source)
  }
  if ('DropStmt' in node) return cutDrop(node.DropStmt, source)
  if ('TruncateStmt' in node) return cutTruncate(node.TruncateStmt, source)
  if ('LockStmt' in node) return cutLock(node.LockStmt, source)
  const action = wholeAction(node, source)
  return action === null ? [] : [{ action, meant: null }]
}

/** Statements that are one action; null: they are `other`. */
function wholeAction(node: Node, source: Source): Action | null {
  if ('CreateStmt' in node) return createTable(node.CreateStmt, source)
  if ('IndexStmt' in node) return createIndex(node.IndexStmt, source)
  if ('InsertStmt' in node) return insertAction(node.InsertStmt, source)
  if ('UpdateStmt' in node) return updateAction(node.UpdateStmt, source)
  if ('DeleteStmt' in node) return deleteAction(node.DeleteStmt, source)
  if ('SelectStmt' in node) return select(node.SelectStmt, source)
  if ('CreateTableAsStmt' in node) {
    const { objtype, into, query, if_not_exists: ifNotExists } = node.CreateTableAsStmt
    return objtype === 'OBJECT_TABLE' ? createTableAs(into, query, source, ifNotExists) : null
  }
  if ('RenameStmt' in node) return rename(node.RenameStmt, source)
  if ('AlterObjectSchemaStmt' in node) return setSchema(node.AlterObjectSchemaStmt, source)
  if ('ReindexStmt' in node) return reindex(node.ReindexStmt, source)
  if ('CommentStmt' in node) return comment(node.CommentStmt, source)
  if ('VariableSetStmt' in node) return setAction(node.VariableSetStmt, source)
  if ('TransactionStmt' in node) return transaction(node.TransactionStmt, source)
  return null
}

function whole(source: Source): Pick<Action, 'sql' | 'span'> {
  return { sql: source.text, span: source.span }
}

function createTable(statement: CreateStmt, source: Source): ActionOf<'create-table'> {
  const elements = statement.tableElts ?? []
  const parents = (statement.inhRelations ?? []).flatMap((node) =>
    'RangeVar' in node ? [relationOf(node.RangeVar)] : [],
  )
  const isPartition = statement.partbound !== undefined
  return {
    kind: 'create-table',
    ...whole(source),
    table: relationOf(statement.relation),
    ifNotExists: statement.if_not_exists === true,
    temporary: statement.relation?.relpersistence === 't',
    columns: elements.flatMap((node) => ('ColumnDef' in node ? [columnOf(node.ColumnDef, source)] : [])),
    constraints: elements.flatMap((node) =>
      'Constraint' in node ? (constraintOf(node.Constraint, source) ?? []) : [],
    ),
    like: elements.flatMap((node) =>
      'TableLikeClause' in node ? [relationOf(node.TableLikeClause.relation)] : [],
    ),
    inherits: isPartition ? [] : parents,
    partitionOf: isPartition ? (parents[0] ?? null) : null,
    partitioned: statement.partspec !== undefined,
    reads: [],
  }
}

function select(statement: SelectStmt, source: Source): Action | null {
  if (writesInWith(statement)) return null
  const { intoClause, ...query } = statement
  if (intoClause !== undefined) return createTableAs(intoClause, query, source, false)
  // FOR UPDATE locks rows: its tag says so.
  if ((statement.lockingClause ?? []).length > 0) return null
  return { kind: 'select', ...whole(source), reads: relationsIn(statement) }
}

/** Its columns are the query's: only a server knows them. */
function createTableAs(
  into: IntoClause | undefined,
  query: unknown,
  source: Source,
  ifNotExists: boolean | undefined,
): ActionOf<'create-table'> | null {
  if (writesInWith(query)) return null
  return {
    kind: 'create-table',
    ...whole(source),
    table: relationOf(into?.rel),
    ifNotExists: ifNotExists === true,
    temporary: into?.rel?.relpersistence === 't',
    columns: [],
    constraints: [],
    like: [],
    inherits: [],
    partitionOf: null,
    partitioned: false,
    reads: relationsIn(query),
  }
}

function createIndex(statement: IndexStmt, source: Source): ActionOf<'create-index'> {
  const names = (nodes: readonly Node[] | undefined) =>
    (nodes ?? []).map((node) => ('IndexElem' in node ? (node.IndexElem.name ?? null) : null))
  return {
    kind: 'create-index',
    ...whole(source),
    table: relationOf(statement.relation),
    index: statement.idxname ?? null,
    unique: statement.unique === true,
    concurrently: statement.concurrent === true,
    ifNotExists: statement.if_not_exists === true,
    only: statement.relation?.inh !== true,
    method: statement.accessMethod ?? 'btree',
    columns: names(statement.indexParams),
    include: names(statement.indexIncludingParams).filter((name) => name !== null),
    partial: statement.whereClause !== undefined,
    nullsNotDistinct: statement.nulls_not_distinct === true,
  }
}

const reindexTargets = {
  REINDEX_OBJECT_INDEX: 'index',
  REINDEX_OBJECT_TABLE: 'table',
  REINDEX_OBJECT_SCHEMA: 'schema',
  REINDEX_OBJECT_DATABASE: 'database',
  REINDEX_OBJECT_SYSTEM: 'system',
} as const

function reindex(statement: ReindexStmt, source: Source): ActionOf<'reindex'> {
  const option = (statement.params ?? []).find(
    (node) => 'DefElem' in node && node.DefElem.defname === 'concurrently',
  )
  const value =
    option !== undefined && 'DefElem' in option
      ? stringsOf(option.DefElem.arg === undefined ? [] : [option.DefElem.arg])[0]
      : undefined
  const isOff = value !== undefined && ['false', 'off', 'no'].includes(value.toLowerCase())
  return {
    kind: 'reindex',
    ...whole(source),
    target: reindexTargets[statement.kind ?? 'REINDEX_OBJECT_TABLE'],
    name:
      statement.relation === undefined
        ? { schema: null, name: statement.name ?? '' }
        : relationOf(statement.relation),
    concurrently: option !== undefined && !isOff,
  }
}

function rename(statement: RenameStmt, source: Source): Action | null {
  const table = relationOf(statement.relation)
  const to = statement.newname ?? ''
  const name = statement.subname ?? ''
  const { renameType, relationType } = statement
  if (renameType === 'OBJECT_TABLE') return { kind: 'rename-table', ...whole(source), table, to }
  if (renameType === 'OBJECT_INDEX') return { kind: 'rename-index', ...whole(source), index: table, to }
  if (renameType === 'OBJECT_TABCONSTRAINT') {
    return { kind: 'rename-constraint', ...whole(source), table, constraint: name, to }
  }
  if (renameType === 'OBJECT_COLUMN' && relationType === 'OBJECT_TABLE') {
    return { kind: 'rename-column', ...whole(source), table, column: name, to }
  }
  return null
}

function setSchema(statement: AlterObjectSchemaStmt, source: Source): Action | null {
  if (statement.objectType !== 'OBJECT_TABLE') return null
  const table = relationOf(statement.relation)
  return { kind: 'set-schema', ...whole(source), table, to: statement.newschema ?? '' }
}

const transactionVerbs: { readonly [K in TransactionStmtKind]?: ActionOf<'transaction'>['verb'] } = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback-to',
  TRANS_STMT_PREPARE: 'prepare',
}

function transaction(statement: TransactionStmt, source: Source): Action | null {
  const verb = transactionVerbs[statement.kind ?? 'TRANS_STMT_BEGIN']
  return verb === undefined ? null : { kind: 'transaction', ...whole(source), verb }
}

function comment(statement: CommentStmt, source: Source): ActionOf<'comment'> {
  const relation = relationOfObject(statement.objtype, statement.object)
  return { kind: 'comment', ...whole(source), on: objectTypeWords(statement.objtype), relation }
}

const relationTypes: ReadonlySet<ObjectType> = new Set([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_INDEX',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
] as const)

/** Their last name is their own, the ones before it are the table's. */
const partTypes: ReadonlySet<ObjectType> = new Set([
  'OBJECT_COLUMN',
  'OBJECT_TABCONSTRAINT',
  'OBJECT_TRIGGER',
  'OBJECT_RULE',
  'OBJECT_POLICY',
] as const)

/** The relation that an object of COMMENT or DROP is, or belongs to. */
function relationOfObject(type: ObjectType | undefined, object: Node | undefined): RelationName | null {
  if (type === undefined) return null
  const names = namesOf(object)
  if (relationTypes.has(type)) return relationOfNames(names)
  return partTypes.has(type) && names.length > 1 ? relationOfNames(names.slice(0, -1)) : null
}

/** DROP TABLE and DROP INDEX, one action an object. */
function cutDrop(statement: DropStmt, source: Source): readonly Cut[] {
  const { removeType } = statement
  if (removeType !== 'OBJECT_TABLE' && removeType !== 'OBJECT_INDEX') return []
  const ifExists = statement.missing_ok === true
  const concurrently = statement.concurrent === true
  const cascade = statement.behavior === 'DROP_CASCADE'
  const objects = statement.objects ?? []
  const header = ['DROP', removeType === 'OBJECT_TABLE' ? 'TABLE' : 'INDEX']
  if (concurrently) header.push('CONCURRENTLY')
  if (ifExists) header.push('IF', 'EXISTS')
  return cutList(objects, source, header.length, (object) => {
    const relation = relationOfNames(namesOf(object))
    const sql = [...header, formatNames(namesOf(object)), ...(cascade ? ['CASCADE'] : [])].join(' ')
    return {
      sql,
      meant: { DropStmt: { ...statement, objects: [object] } },
      action: (base) =>
        removeType === 'OBJECT_TABLE'
          ? { kind: 'drop-table', ...base, table: relation, ifExists, cascade }
          : { kind: 'drop-index', ...base, index: relation, concurrently, ifExists, cascade },
    }
  })
}

function cutTruncate(statement: TruncateStmt, source: Source): readonly Cut[] {
  const relations = statement.relations ?? []
  const cascade = statement.behavior === 'DROP_CASCADE'
  return cutList(relations, source, firstListToken(relations, source), (node) => ({
    sql: [
      'TRUNCATE',
      rangeText(node),
      ...(statement.restart_seqs === true ? ['RESTART IDENTITY'] : []),
      ...(cascade ? ['CASCADE'] : []),
    ].join(' '),
    meant: { TruncateStmt: { ...statement, relations: [node] } },
    action: (base) => ({ kind: 'truncate', ...base, table: rangeOf(node), cascade }),
  }))
}

function cutLock(statement: LockStmt, source: Source): readonly Cut[] {
  const relations = statement.relations ?? []
  // lockdefs.h numbers the modes from 1 in our order; 8 is the default.
  const mode = lockModes[(statement.mode ?? 8) - 1] ?? 'AccessExclusive'
  const nowait = statement.nowait === true ? ' NOWAIT' : ''
  return cutList(relations, source, firstListToken(relations, source), (node) => ({
    sql: `LOCK TABLE ${rangeText(node)} IN ${lockModeSql(mode)} MODE${nowait}`,
    meant: { LockStmt: { ...statement, relations: [node] } },
    action: (base) => ({ kind: 'lock-table', ...base, table: rangeOf(node), mode }),
  }))
}

interface ListPart {
  readonly sql: string
  readonly meant: Node
  readonly action: (base: Pick<Action, 'sql' | 'span'>) => Action
}

/** One action for each object of a list that begins at token `from`; a single one keeps the author's text. */
function cutList(
  objects: readonly Node[],
  source: Source,
  from: number,
  part: (object: Node) => ListPart,
): readonly Cut[] {
  let start = from
  return objects.map((object) => {
    const { sql, meant, action } = part(object)
    if (objects.length === 1) return { action: action(whole(source)), meant: null }
    const end = itemEnd(source, start)
    const within = spanBetween(source, start, end)
    start = end + 1
    const span = { start: source.span.start + within.start, end: source.span.start + within.end }
    return { action: action({ sql, span }), meant }
  })
}

function firstListToken(relations: readonly Node[], source: Source): number {
  const [first] = relations
  return source.tokenAt(first !== undefined && 'RangeVar' in first ? first.RangeVar.location : 0)
}

function rangeOf(node: Node): RelationName {
  return 'RangeVar' in node ? relationOf(node.RangeVar) : { schema: null, name: '' }
}

function rangeText(node: Node): string {
  const only = 'RangeVar' in node && node.RangeVar.inh !== true ? 'ONLY ' : ''
  const database = 'RangeVar' in node && node.RangeVar.catalogname
  const relation = formatRelation(rangeOf(node))
  return only + (database ? `${quoteIdentifier(database)}.${relation}` : relation)
}

function formatNames(names: readonly string[]): string {
  return names.map(quoteIdentifier).join('.')
}

function otherAction(node: Node, source: Source): ActionOf<'other'> {
  return { kind: 'other', ...whole(source), tag: commandTag(node), relations: relationsNamed(node) }
}

/** Names in the tree, and those of DROP, SECURITY LABEL and OWNED BY, which are mere lists of strings. */
function relationsNamed(node: Node): RelationName[] {
  const found = relationsIn(node)
  if ('DropStmt' in node) {
    const { objects, removeType } = node.DropStmt
    found.push(...(objects ?? []).flatMap((object) => relationOfObject(removeType, object) ?? []))
  } else if ('SecLabelStmt' in node) {
    const relation = relationOfObject(node.SecLabelStmt.objtype, node.SecLabelStmt.object)
    if (relation !== null) found.push(relation)
  } else if ('AlterSeqStmt' in node || 'CreateSeqStmt' in node) {
    const options = 'AlterSeqStmt' in node ? node.AlterSeqStmt.options : node.CreateSeqStmt.options
    const owner = (options ?? []).find(
      (option) => 'DefElem' in option && option.DefElem.defname === 'owned_by',
    )
    const names = owner !== undefined && 'DefElem' in owner ? namesOf(owner.DefElem.arg) : []
    if (names.length > 1) found.push(relationOfNames(names.slice(0, -1)))
  }
  return uniqueRelations(found)
}

/** One call of the parser for all SQL that was cut out of a statement. */
function confirm(cuts: readonly Cut[]): void {
  const made = cuts.filter(({ meant }) => meant !== null)
  if (made.length === 0) return
  const text = made.map(({ action }) => action.sql).join(';\n')
  const result = parse(text)
  const isAsMeant =
    result.ok &&
    result.statements.length === made.length &&
    made.every(({ meant }, index) => isSameTree(result.statements[index]?.node, meant))
  if (!isAsMeant) throw new Error(`cutting a statement into actions changed it: ${text}`)
}

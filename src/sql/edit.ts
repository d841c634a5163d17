/**
 * One statement's text to another's, by insertions and cuts at tokens, so that the author's spelling and comments stay.
 * Every result is parsed again and must be the tree that was meant; anything else is a bug and throws.
 */
import type { AlterTableCmd, Constraint, InsertStmt, Node, TypeName } from '@pgsql/types'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { conditionRange, firstSetItem, setListEnd } from './change-rows.ts'
import { type ColumnConstraint, columnConstraints, serialTypes } from './column.ts'
import { constraintBody } from './constraint.ts'
import { copyingQuery, drivingTable, placeOfQuery } from './insert-select.ts'
import { byteOffsets, parseOne } from './parser.ts'
import {
  type Source,
  afterName,
  afterQualifiedName,
  findTopLevel,
  itemEnd,
  markAt,
  sourceOf,
  textBetween,
  wordAt,
} from './source.ts'
import { isSameTree, walk } from './tree.ts'
import { typeText } from './type-text.ts'

/** SQL of ours, built from quoted names and `Expression.sql`: returned as it is, once it parses as one statement. */
export function generated(sql: string): string {
  parseOne(sql)
  return sql
}

/** CREATE INDEX and DROP INDEX with CONCURRENTLY; unchanged where it is there. */
export function withConcurrently(sql: string): string {
  const { node, source } = read(sql)
  const meant = concurrentTree(node)
  if (meant === null) throw new Error(`only CREATE INDEX and DROP INDEX have CONCURRENTLY: ${sql}`)
  if (isSameTree(node, meant)) return source.text
  const keyword = findTopLevel(source, 0, (index) => wordAt(source, index) === 'index')
  return confirmed(insertAfter(source, keyword, ' CONCURRENTLY'), meant)
}

function concurrentTree(node: Node): Node | null {
  if ('IndexStmt' in node) return { IndexStmt: { ...node.IndexStmt, concurrent: true } }
  if ('DropStmt' in node && node.DropStmt.removeType === 'OBJECT_INDEX') {
    return { DropStmt: { ...node.DropStmt, concurrent: true } }
  }
  return null
}

/** CREATE INDEX under this name, whatever name it had, or none. */
export function withIndexName(sql: string, name: string): string {
  const { node, source } = read(sql)
  if (!('IndexStmt' in node)) throw new Error(`this is no CREATE INDEX: ${sql}`)
  // ON is reserved, so the first one stands behind the name, and INDEX before it.
  const on = findTopLevel(source, 0, (index) => wordAt(source, index) === 'on')
  const spelled = quoteIdentifier(name)
  const named = node.IndexStmt.idxname !== undefined
  const text = named
    ? replace(source, nameStart(source, on), on, spelled)
    : insertAfter(source, on - 1, ` ${spelled}`)
  return confirmed(text, { IndexStmt: { ...node.IndexStmt, idxname: name } })
}

/** The name before `on`: one token, or U&"…" UESCAPE '…'. */
function nameStart(source: Source, on: number): number {
  return wordAt(source, on - 2) === 'uescape' ? on - 3 : on - 1
}

/** CREATE INDEX in this tablespace, whichever it named, or none. */
export function withTablespace(sql: string, tablespace: string): string {
  const { node, source } = read(sql)
  if (!('IndexStmt' in node)) throw new Error(`this is no CREATE INDEX: ${sql}`)
  // Behind ON both are reserved or follow a list in parentheses, and only the predicate can come behind it.
  const on = findTopLevel(source, 0, (index) => wordAt(source, index) === 'on')
  const end = findTopLevel(source, on, (index) => wordAt(source, index) === 'where')
  const named = node.IndexStmt.tableSpace === undefined ? end : lastWord(source, 'tablespace', end)
  const text =
    named === end
      ? insertAfter(source, end - 1, ` TABLESPACE ${quoteIdentifier(tablespace)}`)
      : replace(source, named + 1, afterName(source, named + 1), quoteIdentifier(tablespace))
  return confirmed(text, { IndexStmt: { ...node.IndexStmt, tableSpace: tablespace } })
}

function lastWord(source: Source, word: string, before: number): number {
  let at = before - 1
  while (at > 0 && wordAt(source, at) !== word) at -= 1
  return at
}

/** ALTER TABLE … ADD of a CHECK, a FOREIGN KEY or (from 18 on) a NOT NULL, NOT VALID; unchanged where it is. */
export function withNotValid(sql: string): string {
  const { node, source, command, constraint } = readConstraint(sql)
  if (constraint.skip_validation === true) return source.text
  if (!mayBeNotValid.has(constraint.contype)) throw new Error(`this constraint cannot be NOT VALID: ${sql}`)
  const { initially_valid: _, ...rest } = constraint
  const meant = withCommand(node, { ...command, def: { Constraint: { ...rest, skip_validation: true } } })
  return confirmed(`${source.text} NOT VALID`, meant)
}

const mayBeNotValid: ReadonlySet<Constraint['contype']> = new Set([
  'CONSTR_CHECK',
  'CONSTR_FOREIGN',
  'CONSTR_NOTNULL',
] as const)

/** ALTER TABLE … ADD of a constraint under this name, whatever name it had, or none. */
export function withConstraintName(sql: string, name: string): string {
  const { node, source, command, constraint } = readConstraint(sql)
  const start = source.tokenAt(constraint.location)
  const spelled = quoteIdentifier(name)
  const text =
    constraint.conname === undefined
      ? insertAfter(source, start - 1, ` CONSTRAINT ${spelled}`)
      : replace(source, start + 1, afterName(source, start + 1), spelled)
  return confirmed(
    text,
    withCommand(node, { ...command, def: { Constraint: { ...constraint, conname: name } } }),
  )
}

/** The same ALTER TABLE, of another table. */
export function ofTable(sql: string, table: { readonly schema: string; readonly name: string }): string {
  const { node, source } = read(sql)
  const relation = 'AlterTableStmt' in node ? node.AlterTableStmt.relation : undefined
  if (!('AlterTableStmt' in node) || relation === undefined) throw new Error(`this is no ALTER TABLE: ${sql}`)
  const at = source.tokenAt(relation.location)
  const spelled = `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`
  return confirmed(replace(source, at, afterQualifiedName(source, at), spelled), {
    AlterTableStmt: {
      ...node.AlterTableStmt,
      relation: { ...relation, schemaname: table.schema, relname: table.name },
    },
  })
}

/**
 * ALTER TABLE … ADD COLUMN without the CHECK, UNIQUE, PRIMARY KEY and REFERENCES written on the column; type, collation,
 * default, generation and NOT NULL stay. A PRIMARY KEY takes the NOT NULL along that it implies.
 */
export function withoutInlineConstraints(sql: string): string {
  const { node, source, command, column } = readColumn(sql)
  const items = columnConstraints(column, source)
  const dropped = items.filter(isSeparable)
  if (dropped.length === 0) return source.text
  let text = source.text
  for (const item of [...dropped].reverse()) text = cut(source, text, item)
  const kept = items.filter((item) => !isSeparable(item)).flatMap(nodesOf)
  const { constraints: _, ...rest } = column
  const meant = { ColumnDef: kept.length === 0 ? rest : { ...rest, constraints: kept } }
  return confirmed(text, withCommand(node, { ...command, def: meant }))
}

/**
 * The constraints that `withoutInlineConstraints` takes away, in order, each as an ALTER TABLE … ADD of a constraint of
 * the table. Without a name where the author gave none.
 */
export function inlineConstraints(sql: string): readonly string[] {
  const { node, source, column } = readColumn(sql)
  const header = headerOf(node, source)
  const name = quoteIdentifier(column.colname ?? '')
  return columnConstraints(column, source)
    .filter(isSeparable)
    .map((item) => generated(`${header} ADD ${tableConstraint(item, source, name)}`))
}

/**
 * ALTER TABLE … ADD COLUMN with name, type and collation alone: no default, no NOT NULL, no generation, no constraint. A
 * serial type, which is a default and NOT NULL in disguise, becomes the type that it stands for.
 */
export function bareColumn(sql: string): string {
  const { node, source, command, column } = readColumn(sql)
  const items = columnConstraints(column, source)
  let text = source.text
  for (const item of [...items].reverse()) text = cut(source, text, item)
  const { constraints: _, ...rest } = column
  const type = serialTypes.get(typeText(column.typeName))
  if (type === undefined) return confirmed(text, withCommand(node, { ...command, def: { ColumnDef: rest } }))
  // It stands before whatever has been cut.
  const place = source.tokens[source.tokenAt(column.typeName?.location)]
  const meant = { ...rest, typeName: typeTree(type) }
  return confirmed(
    text.slice(0, place?.start ?? 0) + type + text.slice(place?.end ?? 0),
    withCommand(node, { ...command, def: { ColumnDef: meant } }),
  )
}

/** What a NOT NULL written on a new column says beside that: from 18 on it is a constraint with a name. */
export function inlineNotNull(sql: string): { readonly name: string | null; readonly noInherit: boolean } {
  const { source, column } = readColumn(sql)
  const found = columnConstraints(column, source).find(
    ({ constraint }) => constraint.contype === 'CONSTR_NOTNULL',
  )
  return { name: found?.constraint.conname ?? null, noInherit: found?.constraint.is_no_inherit === true }
}

export interface IdentityClause {
  /** `GENERATED ALWAYS AS IDENTITY (START WITH 10)`, as written. */
  readonly sql: string
  readonly always: boolean
  /** Options of its sequence that CREATE SEQUENCE takes as well, as written: all but its name and its owner. */
  readonly options: readonly string[]
}

/** The identity that ALTER TABLE … ADD COLUMN gives to the column. */
export function identityClause(sql: string): IdentityClause | null {
  const { source, column } = readColumn(sql)
  const item = columnConstraints(column, source).find(
    ({ constraint }) => constraint.contype === 'CONSTR_IDENTITY',
  )
  if (item === undefined) return null
  const named = (item.constraint.options ?? []).flatMap((node) => ('DefElem' in node ? [node.DefElem] : []))
  const starts = named.map(({ location }) => source.tokenAt(location))
  const end = findTopLevel(source, starts[0] ?? item.to, () => false)
  const options = named.flatMap(({ defname = '' }, at) =>
    ownOptions.has(defname) ? [] : [textBetween(source, starts[at] ?? end, starts[at + 1] ?? end)],
  )
  return {
    sql: textBetween(source, constraintBody(item.constraint, source), item.to),
    always: item.constraint.generated_when === 'a',
    options,
  }
}

/** Of an identity's sequence only. */
const ownOptions: ReadonlySet<string> = new Set(['sequence_name', 'owned_by'])

function typeTree(type: string): TypeName {
  const node = parseOne(`SELECT NULL::${type}`)
  const target = 'SelectStmt' in node ? node.SelectStmt.targetList?.[0] : undefined
  const value = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined
  const tree = value !== undefined && 'TypeCast' in value ? value.TypeCast.typeName : undefined
  if (tree === undefined) throw new Error(`this is no type: ${type}`)
  return tree
}

/**
 * ALTER TABLE … ADD COLUMN with this default in place of whatever it had, and NOT NULL where wanted. `value`: a constant,
 * or any other expression in parentheses.
 */
export function withColumnDefault(sql: string, value: string, notNull: boolean): string {
  const { node, source, command, column } = readColumn(sql)
  const items = columnConstraints(column, source)
  const isReplaced = ({ constraint }: ColumnConstraint) =>
    constraint.contype !== undefined && ['CONSTR_DEFAULT', 'CONSTR_NULL'].includes(constraint.contype)
  const has = items.some(({ constraint }) => constraint.contype === 'CONSTR_NOTNULL')
  const added = `${notNull && !has ? 'NOT NULL ' : ''}DEFAULT ${value}`
  let text = source.text
  for (const item of items.filter(isReplaced).reverse()) text = cut(source, text, item)
  const meant = readColumn(`ALTER TABLE t ADD COLUMN c int ${added}`).column.constraints ?? []
  if (meant.length !== (notNull && !has ? 2 : 1)) throw new Error(`this is no value alone: ${value}`)
  const kept = items.filter((item) => !isReplaced(item)).flatMap(nodesOf)
  return confirmed(
    `${text} ${added}`,
    withCommand(node, { ...command, def: { ColumnDef: { ...column, constraints: [...kept, ...meant] } } }),
  )
}

/** UPDATE that no longer sets these columns, each of which it sets alone, and still sets another. */
export function withoutAssignments(sql: string, columns: ReadonlySet<string>): string {
  const { node, source } = read(sql)
  if (!('UpdateStmt' in node)) throw new Error(`this is no UPDATE: ${sql}`)
  const targets = node.UpdateStmt.targetList ?? []
  const first = firstSetItem(targets, source)
  const end = setListEnd(source, first)
  const kept: string[] = []
  let from = first
  for (const target of targets) {
    const to = itemEnd(source, from, end)
    if (!isAssigned(target, columns)) kept.push(textBetween(source, from, to))
    from = to + 1
  }
  const targetList = targets.filter((target) => !isAssigned(target, columns))
  return confirmed(replace(source, first, end, kept.join(', ')), {
    UpdateStmt: { ...node.UpdateStmt, targetList },
  })
}

function isAssigned(target: Node, columns: ReadonlySet<string>): boolean {
  return 'ResTarget' in target && columns.has(target.ResTarget.name ?? '')
}

function tableConstraint(item: ColumnConstraint, source: Source, column: string): string {
  const { constraint, from, to } = item
  const body = constraintBody(constraint, source)
  const name = body === from ? '' : `${textBetween(source, from, body)} `
  const rest = (start: number) => (start < to ? ` ${textBetween(source, start, to)}` : '')
  if (constraint.contype === 'CONSTR_FOREIGN') return `${name}FOREIGN KEY (${column})${rest(body)}`
  if (constraint.contype === 'CONSTR_PRIMARY') return `${name}PRIMARY KEY (${column})${rest(body + 2)}`
  if (constraint.contype === 'CONSTR_CHECK') return `${name}${textBetween(source, body, to)}`
  // UNIQUE [NULLS [NOT] DISTINCT] (column)
  const hasNulls = wordAt(source, body + 1) === 'nulls'
  const after = !hasNulls ? body + 1 : wordAt(source, body + 2) === 'not' ? body + 4 : body + 3
  return `${name}${textBetween(source, body, after)} (${column})${rest(after)}`
}

function isSeparable({ constraint }: ColumnConstraint): boolean {
  return separable.has(constraint.contype)
}

const separable: ReadonlySet<Constraint['contype']> = new Set([
  'CONSTR_CHECK',
  'CONSTR_UNIQUE',
  'CONSTR_PRIMARY',
  'CONSTR_FOREIGN',
] as const)

function nodesOf({ constraint, attributes }: ColumnConstraint): Node[] {
  return [constraint, ...attributes].map((node) => ({ Constraint: node }))
}

export interface KeyColumn {
  readonly column: string
  /** As SQL writes it: `bigint`, `character varying(255)`. */
  readonly type: string
}

/**
 * UPDATE or DELETE of one stretch of its rows, or INSERT … SELECT of one stretch of those that it copies: from `$1…` to `$n…` of the key, both included; without a key, of the blocks
 * from `ctid` `$1` up to, and without, `$2`. The statement may hold no parameters of its own.
 */
export function inKeyRange(sql: string, key: readonly KeyColumn[]): string {
  const { node, source } = read(sql)
  const target = changedTable(node)
  if (target === null)
    throw new Error(`only UPDATE, DELETE and a plain INSERT … SELECT can go by key ranges: ${sql}`)
  refuseParameters(node, sql)
  const range = rangeCondition(target.name, key)
  const { condition, end } = target.place(source)
  const text =
    condition === null
      ? insertAfter(source, end - 1, ` WHERE ${range}`)
      : replace(
          source,
          condition.from,
          condition.to,
          `(${textBetween(source, condition.from, condition.to)}) AND ${range}`,
        )
  return confirmed(text, target.withCondition(andTree(target.where, conditionTree(range))))
}

interface ChangedTable {
  /** What columns are qualified by. */
  readonly name: string
  readonly where: Node | undefined
  /** The tokens of the condition, or else the one before which WHERE would stand. */
  readonly place: (source: Source) => {
    readonly condition: { readonly from: number; readonly to: number } | null
    readonly end: number
  }
  readonly withCondition: (whereClause: Node) => Node
}

function changedTable(node: Node): ChangedTable | null {
  if ('UpdateStmt' in node) {
    const { relation, whereClause, targetList } = node.UpdateStmt
    return {
      name: relation?.alias?.aliasname ?? relation?.relname ?? '',
      where: whereClause,
      place: (source) => placeOfChange(source, firstSetItem(targetList ?? [], source)),
      withCondition: (condition) => ({ UpdateStmt: { ...node.UpdateStmt, whereClause: condition } }),
    }
  }
  if ('DeleteStmt' in node) {
    const { relation, whereClause } = node.DeleteStmt
    return {
      name: relation?.alias?.aliasname ?? relation?.relname ?? '',
      where: whereClause,
      place: (source) => placeOfChange(source, source.tokenAt(relation?.location)),
      withCondition: (condition) => ({ DeleteStmt: { ...node.DeleteStmt, whereClause: condition } }),
    }
  }
  return 'InsertStmt' in node ? copiedTable(node.InsertStmt) : null
}

/** INSERT … SELECT goes by the rows of the table that its query begins with. */
function copiedTable(statement: InsertStmt): ChangedTable | null {
  const query = copyingQuery(statement)
  const driver = query === null ? null : drivingTable(query)
  if (query === null || driver === null) return null
  return {
    name: driver.alias?.aliasname ?? driver.relname ?? '',
    where: query.whereClause,
    place: (source) => {
      const { from, condition, to } = placeOfQuery(statement, query, source)
      return { condition: condition === null ? null : { from: condition, to }, end: Math.max(to, from) }
    },
    withCondition: (whereClause) => ({
      InsertStmt: { ...statement, selectStmt: { SelectStmt: { ...query, whereClause } } },
    }),
  }
}

/** WHERE would stand before RETURNING, or at the end. A FROM may come first. */
function placeOfChange(source: Source, from: number): ReturnType<ChangedTable['place']> {
  const list = setListEnd(source, from)
  const end = findTopLevel(source, list, (index) => wordAt(source, index) === 'returning')
  return { condition: conditionRange(source, from), end }
}

function refuseParameters(node: Node, sql: string): void {
  walk([node], (kind) => {
    if (kind === 'ParamRef') throw new Error(`the statement has parameters of its own: ${sql}`)
  })
  const where = changedTable(node)?.where
  if (where !== undefined && 'CurrentOfExpr' in where)
    throw new Error(`WHERE CURRENT OF has no key range: ${sql}`)
}

function rangeCondition(table: string, key: readonly KeyColumn[]): string {
  const qualifier = quoteIdentifier(table)
  if (key.length === 0) return `${qualifier}.ctid >= $1::tid AND ${qualifier}.ctid < $2::tid`
  const columns = key.map(({ column }) => `${qualifier}.${quoteIdentifier(column)}`)
  const bounds = (first: number) => key.map(({ type }, index) => `$${first + index}::${castType(type)}`)
  const row = (parts: readonly string[]) => (parts.length === 1 ? parts.join('') : `(${parts.join(', ')})`)
  return `${row(columns)} >= ${row(bounds(1))} AND ${row(columns)} <= ${row(bounds(key.length + 1))}`
}

/** A type's text and nothing more: it comes from a catalog, and goes into SQL. */
function castType(type: string): string {
  const node = parseOne(`SELECT $1::${type}`)
  const cast = 'SelectStmt' in node ? node.SelectStmt.targetList?.[0] : undefined
  const value = cast !== undefined && 'ResTarget' in cast ? cast.ResTarget.val : undefined
  const isCast =
    value !== undefined &&
    'TypeCast' in value &&
    value.TypeCast.arg !== undefined &&
    'ParamRef' in value.TypeCast.arg
  const meant = { SelectStmt: { targetList: [cast], limitOption: 'LIMIT_OPTION_DEFAULT', op: 'SETOP_NONE' } }
  if (!isCast || !isSameTree(node, meant)) throw new Error(`this is no type: ${type}`)
  return type
}

function conditionTree(condition: string): Node {
  const node = parseOne(`SELECT 1 WHERE ${condition}`)
  const where = 'SelectStmt' in node ? node.SelectStmt.whereClause : undefined
  if (where === undefined) throw new Error(`this is no condition: ${condition}`)
  return where
}

/** As the grammar builds `a AND b`: an AND on the left takes the rest up. */
function andTree(left: Node | undefined, right: Node): Node {
  if (left === undefined) return right
  const args = [...conjuncts(left), ...conjuncts(right)]
  return { BoolExpr: { boolop: 'AND_EXPR', args } }
}

function conjuncts(node: Node): Node[] {
  return 'BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR' ? (node.BoolExpr.args ?? []) : [node]
}

export interface Read {
  readonly node: Node
  readonly source: Source
}

/** A semicolon at the end is no part of the statement. */
export function read(sql: string): Read {
  const whole = sourceOf(sql, { start: 0, end: sql.length }, (location) => location)
  const count = markAt(whole, whole.tokens.length - 1) === ';' ? whole.tokens.length - 1 : whole.tokens.length
  const text = textBetween(whole, 0, count)
  return { node: parseOne(text), source: sourceOf(text, { start: 0, end: text.length }, byteOffsets(text)) }
}

interface ReadCommand extends Read {
  readonly command: AlterTableCmd
}

function readCommand(sql: string): ReadCommand {
  const { node, source } = read(sql)
  const commands = 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []
  const [only] = commands
  if (only === undefined || commands.length > 1 || !('AlterTableCmd' in only)) {
    throw new Error(`this is no ALTER TABLE with one subcommand: ${sql}`)
  }
  return { node, source, command: only.AlterTableCmd }
}

function readConstraint(sql: string): ReadCommand & { readonly constraint: Constraint } {
  const found = readCommand(sql)
  const { def } = found.command
  if (def === undefined || !('Constraint' in def)) throw new Error(`this adds no constraint: ${sql}`)
  return { ...found, constraint: def.Constraint }
}

function readColumn(sql: string) {
  const found = readCommand(sql)
  const { def } = found.command
  if (def === undefined || !('ColumnDef' in def)) throw new Error(`this adds no column: ${sql}`)
  return { ...found, column: def.ColumnDef }
}

function withCommand(node: Node, command: AlterTableCmd): Node {
  if (!('AlterTableStmt' in node)) throw new Error('not an ALTER TABLE')
  return { AlterTableStmt: { ...node.AlterTableStmt, cmds: [{ AlterTableCmd: command }] } }
}

/** `ALTER TABLE [IF EXISTS] [ONLY] name`. */
function headerOf(node: Node, source: Source): string {
  const relation = 'AlterTableStmt' in node ? node.AlterTableStmt.relation : undefined
  const name = source.tokenAt(relation?.location)
  const after = afterQualifiedName(source, name)
  return textBetween(source, 0, markAt(source, after) === ')' ? after + 1 : after)
}

function insertAfter(source: Source, index: number, text: string): string {
  const end = source.tokens[index]?.end ?? 0
  return source.text.slice(0, end) + text + source.text.slice(end)
}

export function replace(source: Source, from: number, to: number, text: string): string {
  const start = source.tokens[from]?.start ?? 0
  const end = source.tokens[to - 1]?.end ?? start
  return source.text.slice(0, start) + text + source.text.slice(end)
}

/**
 * Takes an item's tokens out of `text`, which is the source's up to the item's end. The space before it goes along, unless
 * a comment stands there: that one may end with its line.
 */
function cut(source: Source, text: string, { from, to }: ColumnConstraint): string {
  const start = source.tokens[from]?.start ?? 0
  const end = source.tokens[to - 1]?.end ?? start
  const before = text.slice(0, start)
  const after = text.slice(end)
  const previousEnd = source.tokens[from - 1]?.end ?? 0
  const isSpaceOnly = source.text.slice(previousEnd, start).trim() === ''
  return (isSpaceOnly ? before.trimEnd() : before) + after
}

export function confirmed(sql: string, meant: Node): string {
  if (!isSameTree(parseOne(sql), meant))
    throw new Error(`the edited statement is not the one that was meant: ${sql}`)
  return sql
}

/**
 * The life of one column from its ADD COLUMN on, through all pending files: what later statements make of it that a
 * default, given when it is added, would make of it as well. It ends at the first statement that could tell the difference.
 */
import type { Catalog } from '../../catalog/catalog.ts'
import type { JudgedAction } from '../../effects/walk.ts'
import type { Action, ActionOf, Expression } from '../../model/statement.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../../postgres/relation-name.ts'
import { triggersFired } from '../../rules/steps/batches.ts'
import { triggerDecision } from '../../rules/steps/mass-change.ts'
import type { LockstepComment } from '../../sql/lockstep-comment.ts'
import { nullTestOf, updateFacts } from '../../sql/statement-facts.ts'
import { valueOf, type FoldValue } from './value.ts'

/** An action of the pending set. */
export interface Place {
  readonly file: number
  readonly judged: JudgedAction
  /** `-- lockstep:` comments on its statement and on its file. */
  readonly comments: readonly LockstepComment[]
}

export interface Target {
  readonly table: QualifiedName
  readonly column: string
  readonly added: Place
}

export type ColumnEvent =
  | { readonly kind: 'fill'; readonly at: number; readonly value: FoldValue; readonly alone: boolean }
  /** There is no NULL left for it to fill. */
  | { readonly kind: 'fill-nothing'; readonly at: number; readonly alone: boolean }
  | { readonly kind: 'set-not-null'; readonly at: number }
  | { readonly kind: 'set-default'; readonly at: number; readonly default: Expression | null }

export interface ColumnLife {
  readonly events: readonly ColumnEvent[]
  /** Why it could not be followed any further: the end of `… is not folded: `; and where. Null: to the end. */
  readonly stopped: { readonly at: number; readonly because: string } | null
}

/** `actions`: all of the pending set, in order; `from`: the position of the ADD COLUMN among them. */
export function columnLife(target: Target, actions: readonly Place[], from: number): ColumnLife {
  const events: ColumnEvent[] = []
  let filled = target.added.judged.action.kind === 'add-column' && hasDefault(target.added.judged.action)
  for (let at = from + 1; at < actions.length; at += 1) {
    const place = actions[at]
    if (place === undefined) break
    const met = meeting(target, place, at, filled)
    if (met === 'nothing') continue
    if ('because' in met) return { events, stopped: { at, because: met.because } }
    if (isTornFrom(target.added, place)) {
      return { events, stopped: { at, because: 'it stands in a transaction of its own' } }
    }
    filled ||= met.kind === 'fill'
    events.push(met)
  }
  return { events, stopped: null }
}

function hasDefault({ column }: ActionOf<'add-column'>): boolean {
  return column.default !== null && !column.default.isNull
}

/** What the author wrote between BEGIN and COMMIT is not moved to before it. */
function isTornFrom(added: Place, { file, judged: { transaction } }: Place): boolean {
  if (transaction.kind !== 'explicit') return false
  const own = added.judged.transaction
  return file !== added.file || own.kind !== 'explicit' || transaction.number !== own.number
}

type Met = 'nothing' | ColumnEvent | { readonly because: string }

function meeting(target: Target, place: Place, at: number, filled: boolean): Met {
  const { action, catalog } = place.judged
  const isTarget = (name: RelationName): boolean => isSame(catalog, name, target.table)
  switch (action.kind) {
    case 'set-not-null':
    case 'set-default':
    case 'drop-default':
      return isTarget(action.table) && action.column === target.column
        ? changeOfColumn(action, at, filled)
        : 'nothing'
    case 'update':
      return isTarget(action.table)
        ? updateOfTable(target, action, place, at, filled)
        : reading(action.reads, isTarget)
    case 'transaction':
      return action.verb === 'begin' || action.verb === 'commit'
        ? 'nothing'
        : { because: `${action.verb.toUpperCase()} stands before it` }
    case 'set':
      return action.parameter === 'search_path'
        ? { because: 'the search path is changed before it' }
        : 'nothing'
    case 'other':
      return inertTags.has(action.tag) || (isOutside(action) && !action.relations.some(isTarget))
        ? 'nothing'
        : { because: `nothing is known of what ${action.tag} before it reads` }
    case 'select':
      return reading(action.reads, isTarget)
    case 'add-column':
    case 'rename-constraint':
    case 'rename-index':
    case 'validate-constraint':
    case 'drop-constraint':
    case 'create-index':
    case 'drop-index':
    case 'reindex':
    case 'lock-table':
    case 'comment':
      return 'nothing'
    case 'delete':
    case 'insert':
    case 'truncate':
      return changeOfRows(target, action, isTarget)
    case 'create-table':
    case 'drop-table':
    case 'rename-table':
    case 'set-schema':
    case 'alter-table':
      return changeOfTable(target, action, isTarget)
    case 'drop-column':
    case 'drop-not-null':
    case 'rename-column':
    case 'alter-column-type':
    case 'add-constraint':
      return isTarget(action.table) && changesColumn(action, target.column)
        ? { because: 'the column is changed in another way before it' }
        : 'nothing'
  }
}

type IsTarget = (name: RelationName) => boolean

function changeOfRows(
  target: Target,
  action: ActionOf<'delete' | 'insert' | 'truncate'>,
  isTarget: IsTarget,
): Met {
  if (!isTarget(action.table)) return action.kind === 'truncate' ? 'nothing' : reading(action.reads, isTarget)
  switch (action.kind) {
    case 'insert':
      return { because: 'rows are inserted into the table before it' }
    case 'truncate':
      return { because: 'the table is emptied before it' }
    case 'delete':
      return isFree(target.column, action.where, action.reads, isTarget)
        ? 'nothing'
        : { because: `a DELETE before it may read ${target.column}` }
  }
}

function changeOfTable(
  target: Target,
  action: ActionOf<'create-table' | 'drop-table' | 'rename-table' | 'set-schema' | 'alter-table'>,
  isTarget: IsTarget,
): Met {
  switch (action.kind) {
    case 'alter-table':
      return alterTable(target, action, isTarget)
    case 'create-table':
      return [...action.reads, ...action.like, ...action.inherits, ...asList(action.partitionOf)].some(
        isTarget,
      )
        ? { because: 'another table is made of the table before it' }
        : 'nothing'
    case 'drop-table':
    case 'rename-table':
    case 'set-schema':
      return isTarget(action.table) ? { because: 'the table itself is changed before it' } : 'nothing'
  }
}

function changesColumn(
  action: ActionOf<
    'drop-column' | 'drop-not-null' | 'rename-column' | 'alter-column-type' | 'add-constraint'
  >,
  column: string,
): boolean {
  switch (action.kind) {
    case 'drop-column':
    case 'drop-not-null':
    case 'rename-column':
      return action.column === column
    case 'alter-column-type':
      return action.column === column || (action.using?.columns.includes(column) ?? false)
    case 'add-constraint':
      return action.constraint.kind === 'not-null' && action.constraint.column === column
  }
}

/** What makes values that could not be written before it. */
const typeTags: readonly string[] = ['ALTER TYPE', 'CREATE DOMAIN', 'CREATE EXTENSION', 'CREATE TYPE']

export function bringsValues({ judged: { action } }: Place): boolean {
  return action.kind === 'other' && typeTags.includes(action.tag)
}

/** Statements that neither read nor write rows, whatever they name. */
const inertTags: ReadonlySet<string> = new Set([
  ...typeTags,
  'CREATE FUNCTION',
  'CREATE POLICY',
  'CREATE PROCEDURE',
  'CREATE SCHEMA',
  'CREATE SEQUENCE',
  'CREATE STATISTICS',
  'CREATE VIEW',
  'GRANT',
  'REVOKE',
])

/** Of these the relations that they name are all that they touch. */
function isOutside({ tag }: ActionOf<'other'>): boolean {
  return (
    tag === 'CREATE TRIGGER' || tag === 'ALTER SEQUENCE' || tag === 'DROP SEQUENCE' || tag === 'DROP VIEW'
  )
}

function asList<T>(value: T | null): readonly T[] {
  return value === null ? [] : [value]
}

function isSame(catalog: Catalog, name: RelationName, table: QualifiedName): boolean {
  return formatRelation(catalog.resolve(name)) === formatRelation(table)
}

function reading(reads: readonly RelationName[], isTarget: IsTarget): Met {
  return reads.some(isTarget) ? { because: 'another statement reads the table before it' } : 'nothing'
}

/** Does the condition leave the column alone? */
function isFree(
  column: string,
  where: Expression | null,
  reads: readonly RelationName[],
  isTarget: IsTarget,
): boolean {
  return !reads.some(isTarget) && !(where?.columns.some((name) => name === column || name === '*') ?? false)
}

function alterTable(target: Target, action: ActionOf<'alter-table'>, isTarget: IsTarget): Met {
  const isConcerned = isTarget(action.table)
    ? action.relations.length > 0 || action.name === target.column
    : action.relations.some(isTarget)
  return isConcerned ? { because: `${action.subcommand} stands before it` } : 'nothing'
}

function changeOfColumn(
  action: ActionOf<'set-not-null' | 'set-default' | 'drop-default'>,
  at: number,
  filled: boolean,
): Met {
  switch (action.kind) {
    case 'set-not-null':
      return filled
        ? { kind: 'set-not-null', at }
        : { because: 'SET NOT NULL stands before anything has filled the column' }
    case 'set-default':
      return { kind: 'set-default', at, default: action.default.isNull ? null : action.default }
    case 'drop-default':
      return { kind: 'set-default', at, default: null }
  }
}

function updateOfTable(
  target: Target,
  action: ActionOf<'update'>,
  place: Place,
  at: number,
  filled: boolean,
): Met {
  const { column } = target
  const own = action.set.filter((one) => one.column === column)
  const others = action.set.filter((one) => one.column !== column)
  const readsColumn = (expression: Expression): boolean =>
    expression.columns.some((name) => name === column || name === '*')
  const [first] = own
  if (first === undefined) {
    const isRead = [...others.map(({ expression }) => expression), ...asList(action.where)].some(readsColumn)
    return isRead || action.reads.some((name) => isSame(place.judged.catalog, name, target.table))
      ? { because: 'another UPDATE reads the column before it' }
      : 'nothing'
  }
  const facts = updateFacts(action.sql)
  if (facts.only || facts.partial || facts.grouped || facts.joins || action.returning) {
    return { because: 'it is more than UPDATE … SET column = value' }
  }
  if (others.some(({ expression }) => readsColumn(expression))) {
    return { because: `it reads ${column} to set another column` }
  }
  if (hasTriggersToHear(place)) {
    return {
      because:
        'triggers of the table fire for each row that it changes (-- lockstep: triggers suppress because …)',
    }
  }
  return fillOf(target, action, first.expression, { at, filled, alone: others.length === 0, place })
}

interface Filling {
  readonly at: number
  readonly filled: boolean
  readonly alone: boolean
  readonly place: Place
}

function fillOf(target: Target, action: ActionOf<'update'>, expression: Expression, filling: Filling): Met {
  const { at, filled, alone, place } = filling
  const isEveryRow = action.where === null || action.where.sql.toLowerCase() === 'true'
  const isEveryNull = action.where !== null && nullTestOf(action.where.sql) === target.column
  if (!isEveryRow && !(isEveryNull && alone)) {
    return { because: 'its WHERE leaves rows out' }
  }
  const value = valueOf(expression, action, place.judged.catalog)
  if ('because' in value) return value
  // Without a WHERE it is the last word on every row; with one, only the first of them finds a NULL.
  return isEveryNull && filled ? { kind: 'fill-nothing', at, alone } : { kind: 'fill', at, value, alone }
}

function hasTriggersToHear(place: Place): boolean {
  return triggersOf(place).length > 0 && triggerDecision(place.comments) !== 'suppress'
}

/** The user's own triggers that an UPDATE would fire. */
export function triggersOf({ judged: { action, catalog } }: Place): readonly string[] {
  const table = action.kind === 'update' ? catalog.table(action.table) : 'absent'
  return typeof table === 'object'
    ? triggersFired(catalog, table, 'update').map(({ trigger }) => trigger)
    : []
}

/** Does the action change what a query over `tables` answers? */
export function changesRowsOf(
  { judged: { action, catalog } }: Place,
  tables: readonly QualifiedName[],
): boolean {
  const isOne = (name: RelationName): boolean => tables.some((table) => isSame(catalog, name, table))
  return mayChangeRows(action, isOne)
}

function mayChangeRows(action: Action, isOne: (name: RelationName) => boolean): boolean {
  switch (action.kind) {
    case 'insert':
    case 'update':
    case 'delete':
    case 'truncate':
    case 'create-table':
    case 'drop-table':
    case 'rename-table':
    case 'set-schema':
    case 'rename-column':
    case 'drop-column':
    case 'alter-column-type':
      return isOne(action.table)
    case 'other':
      return !inertTags.has(action.tag) && (action.relations.some(isOne) || !isOutside(action))
    case 'alter-table':
      return isOne(action.table) && action.relations.length > 0
    case 'add-column':
    case 'add-constraint':
    case 'validate-constraint':
    case 'drop-constraint':
    case 'rename-constraint':
    case 'set-default':
    case 'drop-default':
    case 'set-not-null':
    case 'drop-not-null':
    case 'create-index':
    case 'drop-index':
    case 'rename-index':
    case 'reindex':
    case 'lock-table':
    case 'select':
    case 'set':
    case 'transaction':
    case 'comment':
      return false
  }
}

/** CREATE, DROP and RENAME TABLE, SET SCHEMA, and the table-wide ALTER TABLE subcommands that a catalog shows. */
import type { ColumnSnapshot, ConstraintSnapshot, IndexSnapshot, TableSnapshot } from '../model/catalog.ts'
import { isTriggerSwitch, switchTriggers } from './replay-trigger.ts'
import type { ActionOf, ConstraintDefinition } from '../model/statement.ts'
import { indexName } from '../postgres/generated-name.ts'
import { formatRelation, type QualifiedName } from '../postgres/relation-name.ts'
import { columnType } from './known-type.ts'
import { addedIdentity, isDefaultPartition, isUnloggedTable, likeOptions } from '../sql/statement-facts.ts'
import { replicaIdentityOf, typeOfTable } from '../sql/statement-facts.ts'
import { definitionOf } from './constraint-facts.ts'
import { editEntry, editTable, emptyTable, putEntry, removeEntry, withIndex } from './edit-state.ts'
import { withoutIdentitySequence } from './sequences.ts'
import { editColumn, withNotNull, withoutForeignKeys, withoutName } from './edit-state.ts'
import { keyNames } from './index-facts.ts'
import { newColumn } from './replay-column.ts'
import { addConstraint, addConstraints, repointForeignKeys, sameColumns } from './replay-constraint.ts'
import { renameIndex } from './replay-index.ts'
import { entryOf, indexEntry, keyOf, partitionsIn, relationNameTaken, resolveIn } from './state.ts'
import { temporarySchema, type Entry, type State } from './state.ts'

type TableAction = ActionOf<'create-table' | 'drop-table' | 'rename-table' | 'set-schema' | 'alter-table'>

export function replayTable(state: State, action: TableAction): State {
  switch (action.kind) {
    case 'create-table':
      return createTable(state, action)
    case 'drop-table':
      return dropRelation(state, resolveIn(state, action.table))
    case 'rename-table':
      return renameTable(state, action)
    case 'set-schema':
      return setSchema(state, action)
    case 'alter-table':
      return alterTable(state, action)
  }
}

function createTable(state: State, action: ActionOf<'create-table'>): State {
  const name = creationName(state, action)
  if (state.entries.get(keyOf(name))?.created === true) return state
  const parent = action.partitionOf === null ? null : resolveIn(state, action.partitionOf)
  const sources = [...(parent === null ? [] : [parent]), ...action.inherits, ...action.like]
  const entries = sources.map((source) => entryOf(state, source))
  const isCopy = sources.length > 0 || action.columns.length > 0 || action.constraints.length > 0
  const made = ownColumns(state, name, action)
  const entry: Entry = {
    table: {
      ...emptyTable(name),
      kind: action.partitioned ? 'partitioned-table' : 'table',
      partitionOf: parent,
      columns: mergedColumns(inheritedColumns(state, action), made.columns),
    },
    created: true,
    columnsKnown: isCopy && entries.every((one) => one?.created === true && one.columnsKnown),
    isNew: true,
    fresh: new Set(state.started ? made.columns.map((column) => column.name) : []),
    filled: new Map(),
    gone: new Set(),
    notNull: new Set(),
    isDefault: parent === null ? null : isDefaultPartition(action.sql),
    inherits: action.inherits.map((one) => resolveIn(state, one)),
    ofType: ofTypeIn(state, action.sql),
    unlogged: isUnloggedTable(action.sql),
    disabled: [],
  }
  const gone = withoutName(state.gone, keyOf(name))
  const placed = putEntry({ ...made.state, gone }, entry)
  const own = [...action.columns.flatMap((column) => column.constraints), ...action.constraints].map(checked)
  const constrained = addConstraints(placed, name, [...inheritedChecks(state, action), ...own])
  const alike = action.like.length === 0 ? constrained : withCopies(constrained, name, action.sql)
  return parent === null ? alike : withParentsKeys(alike, name, parent)
}

/** A table without rows has none to check: CREATE TABLE takes NOT VALID and makes the constraint valid (parse_utilcmd.c). */
function checked(constraint: ConstraintDefinition): ConstraintDefinition {
  return 'notValid' in constraint ? { ...constraint, notValid: false } : constraint
}

/** LIKE … INCLUDING CONSTRAINTS copies the checks by their names, INCLUDING INDEXES the indexes and keys by new ones. */
function withCopies(state: State, table: QualifiedName, sql: string): State {
  return likeOptions(sql).reduce((next, { source, constraints, indexes }) => {
    const original = entryOf(next, source)?.table
    if (original === undefined) return next
    const checks = original.constraints.filter(({ kind }) => constraints && kind === 'check')
    const checked = checks.reduce((each, one) => {
      const definition = definitionOf(one)
      return definition === null ? each : addConstraint(each, table, { ...definition, name: one.name })
    }, next)
    return indexes ? withKeysOf(checked, table, original, ['unique', 'primary-key', 'exclude']) : checked
  }, state)
}

/** An unqualified new relation goes into the first schema of the path, whatever else bears its name elsewhere. */
function creationName(state: State, action: ActionOf<'create-table'>): QualifiedName {
  if (action.temporary) return { schema: temporarySchema, name: action.table.name }
  return { schema: action.table.schema ?? state.searchPath[0] ?? 'public', name: action.table.name }
}

function ownColumns(
  state: State,
  table: QualifiedName,
  action: ActionOf<'create-table'>,
): { readonly state: State; readonly columns: readonly ColumnSnapshot[] } {
  let next = state
  const columns: ColumnSnapshot[] = []
  for (const definition of action.columns) {
    const made = newColumn(next, table, definition)
    next = made.state
    columns.push(made.column)
  }
  return { state: next, columns }
}

function inheritedColumns(state: State, action: ActionOf<'create-table'>): readonly ColumnSnapshot[] {
  const parents = [...(action.partitionOf === null ? [] : [action.partitionOf]), ...action.inherits]
  const columns = parents.flatMap((parent) => entryOf(state, parent)?.table.columns ?? [])
  const alike = action.like.length === 0 ? [] : likeOptions(action.sql)
  const copied = alike.flatMap((options) =>
    (entryOf(state, options.source)?.table.columns ?? []).map((one) => ({
      ...one,
      default: options.defaults ? one.default : null,
      identity: options.identity ? one.identity : null,
      generated: options.generated ? one.generated : null,
    })),
  )
  return mergedColumns([], [...columns.map((one) => ({ ...one, identity: null })), ...copied])
}

/** A column named twice is one column; the later one adds its NOT NULL and its default. */
function mergedColumns(
  inherited: readonly ColumnSnapshot[],
  own: readonly ColumnSnapshot[],
): ColumnSnapshot[] {
  const columns = new Map(inherited.map((one) => [one.name, one]))
  for (const column of own) {
    const before = columns.get(column.name)
    columns.set(
      column.name,
      before === undefined
        ? column
        : { ...before, notNull: before.notNull || column.notNull, default: column.default ?? before.default },
    )
  }
  return [...columns.values()]
}

function inheritedChecks(state: State, action: ActionOf<'create-table'>): ConstraintDefinition[] {
  const parents = [...(action.partitionOf === null ? [] : [action.partitionOf]), ...action.inherits]
  return parents.flatMap((parent) =>
    (entryOf(state, parent)?.table.constraints ?? [])
      .filter(({ kind }) => kind === 'check')
      .flatMap((constraint) => {
        const definition = definitionOf(constraint)
        return definition === null ? [] : [{ ...definition, name: constraint.name }]
      }),
  )
}

/** A partition gets the keys, indexes and foreign keys of its parent that it has not. */
function withParentsKeys(state: State, table: QualifiedName, parent: QualifiedName): State {
  const source = state.entries.get(keyOf(parent))?.table
  if (source === undefined) return state
  return withKeysOf(state, table, source, ['primary-key', 'unique', 'exclude', 'foreign-key'])
}

function withKeysOf(
  state: State,
  table: QualifiedName,
  source: TableSnapshot,
  kinds: readonly ConstraintSnapshot['kind'][],
): State {
  const own = state.entries.get(keyOf(table))?.table
  if (own === undefined) return state
  const constrained = source.constraints
    .filter((one) => kinds.includes(one.kind) && !own.constraints.some((other) => isTwin(one, other)))
    .reduce((next, constraint) => {
      const definition = definitionOf(constraint)
      if (definition === null) return next
      const name = definition.kind === 'foreign-key' ? constraint.name : null
      return addConstraint(next, table, { ...definition, name })
    }, state)
  const behindConstraints = new Set(source.constraints.map(({ index }) => index))
  return source.indexes
    .filter(
      (one) => !behindConstraints.has(one.name) && !own.indexes.some((other) => isTwinIndex(one, other)),
    )
    .reduce((next, index) => {
      const isTaken = (name: string) => relationNameTaken(next, table.schema, name) === 'yes'
      const name = indexName(table.name, [...keyNames(index), ...index.include], isTaken)
      return editEntry(next, table, (entry) => withIndex(entry, { ...index, name }))
    }, constrained)
}

function isTwin(one: ConstraintSnapshot, other: ConstraintSnapshot): boolean {
  return (
    one.kind === other.kind &&
    sameColumns(one.columns, other.columns) &&
    one.references?.schema === other.references?.schema &&
    one.references?.name === other.references?.name
  )
}

function isTwinIndex(one: IndexSnapshot, other: IndexSnapshot): boolean {
  return (
    one.unique === other.unique && one.partial === other.partial && sameColumns(one.columns, other.columns)
  )
}

/** With its partitions; foreign keys to it are gone too, or the statement would have failed. */
export function dropRelation(state: State, target: QualifiedName): State {
  if (state.complete && !state.entries.has(keyOf(target))) return state
  const dropped = [target, ...partitionsIn(state, target)]
  const keys = new Set(dropped.map(keyOf))
  const removed = dropped.reduce((next, one) => removeEntry(next, one), state)
  return withoutForeignKeys(removed, ({ references }) => references !== null && keys.has(keyOf(references)))
}

function renameTable(state: State, action: ActionOf<'rename-table'>): State {
  const from = resolveIn(state, action.table)
  // ALTER TABLE … RENAME takes an index's name as well.
  if (!state.entries.has(keyOf(from)) && indexEntry(state, action.table) !== null) {
    return renameIndex(state, { index: action.table, to: action.to })
  }
  return moveTable(state, from, { schema: from.schema, name: action.to })
}

function setSchema(state: State, action: ActionOf<'set-schema'>): State {
  const from = resolveIn(state, action.table)
  return moveTable(state, from, { schema: action.to, name: from.name })
}

function moveTable(state: State, from: QualifiedName, to: QualifiedName): State {
  const known = editEntry(state, from, (entry) => ({ ...entry }))
  const entry = known.entries.get(keyOf(from))
  if (entry === undefined) return state
  const moved = putEntry(removeEntry(known, from), { ...entry, table: { ...entry.table, ...to } })
  const gone = withoutName(moved.gone, keyOf(to))
  const repointed = repointForeignKeys({ ...moved, gone }, from, to)
  const partitions = [...repointed.entries.values()].filter(
    ({ table }) => table.partitionOf?.schema === from.schema && table.partitionOf.name === from.name,
  )
  return partitions.reduce(
    (next, { table }) => editTable(next, table, (one) => ({ ...one, partitionOf: to })),
    repointed,
  )
}

/** Subcommands that no kind of action describes; those that a catalog does not show change nothing. */
function alterTable(state: State, action: ActionOf<'alter-table'>): State {
  const [other] = action.relations
  const column = action.name
  switch (action.subcommand) {
    case 'ATTACH PARTITION':
      return other === undefined ? state : attachPartition(state, action, resolveIn(state, other))
    case 'DETACH PARTITION':
    case 'DETACH PARTITION CONCURRENTLY':
      return other === undefined ? state : editTable(state, other, (one) => ({ ...one, partitionOf: null }))
    case 'INHERIT':
    case 'NO INHERIT':
      return other === undefined ? state : setParent(state, action, resolveIn(state, other))
    case 'OF':
    case 'NOT OF':
      return editEntry(state, action.table, (entry) => ({ ...entry, ofType: ofTypeIn(state, action.sql) }))
    case 'SET LOGGED':
    case 'SET UNLOGGED':
      return editEntry(state, action.table, (entry) => ({
        ...entry,
        unlogged: action.subcommand === 'SET UNLOGGED',
      }))
    case 'ADD IDENTITY':
      return column === null
        ? state
        : editEntry(state, action.table, (entry) =>
            editColumn(entry, column, { identity: addedIdentity(action.sql) }),
          )
    case 'DROP IDENTITY':
      return column === null
        ? state
        : editEntry(
            withoutIdentitySequence(state, resolveIn(state, action.table), column),
            action.table,
            (entry) => editColumn(entry, column, { identity: null }),
          )
    case 'REPLICA IDENTITY': {
      const replicaIdentity = replicaIdentityOf(action.sql)
      return replicaIdentity === null
        ? state
        : editTable(state, action.table, (table) => ({ ...table, replicaIdentity }))
    }
    case 'DROP EXPRESSION':
      return column === null
        ? state
        : editEntry(state, action.table, (entry) => editColumn(entry, column, { generated: null }))
    default:
      return isTriggerSwitch(action.subcommand) ? switchTriggers(state, action.table, action) : state
  }
}

function ofTypeIn(state: State, sql: string): string | null {
  const type = typeOfTable(sql)
  return type === null ? null : columnType(state, formatRelation(type))
}

function setParent(state: State, action: ActionOf<'alter-table'>, parent: QualifiedName): State {
  return editEntry(state, action.table, (entry) => {
    const others = entry.inherits.filter((one) => keyOf(one) !== keyOf(parent))
    return { ...entry, inherits: action.subcommand === 'INHERIT' ? [...others, parent] : others }
  })
}

/** The partition gets what it lacks of the parent's NOT NULLs, keys and indexes. */
function attachPartition(state: State, action: ActionOf<'alter-table'>, partition: QualifiedName): State {
  const parent = resolveIn(state, action.table)
  const attached = editEntry(state, partition, (entry) => ({
    ...entry,
    table: { ...entry.table, partitionOf: parent },
    isDefault: isDefaultPartition(action.sql),
  }))
  const source = attached.entries.get(keyOf(parent))?.table
  const target = attached.entries.get(keyOf(partition))?.table
  if (source === undefined || target === undefined || !isWhole(attached, partition)) return attached
  const required = source.columns.filter(({ notNull }) => notNull).map(({ name }) => name)
  const keyed = withParentsKeys(attached, partition, parent)
  return editEntry(keyed, partition, (entry) => withNotNull(entry, required))
}

function isWhole(state: State, name: QualifiedName): boolean {
  const entry = state.entries.get(keyOf(name))
  return entry?.created === true && entry.columnsKnown
}

/** The few ways in which a state becomes the next one. Each gives the same state back where nothing changes. */
import type { ColumnSnapshot, ConstraintSnapshot, IndexSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { QualifiedName, RelationName } from '../postgres/relation-name.ts'
import { heirsIn, keyOf, partitionsIn, resolveIn, type Entry, type State } from './state.ts'

export function putEntry(state: State, given: Entry): State {
  const entry = withoutLostIdentity(given)
  const key = keyOf(entry.table)
  return {
    ...state,
    entries: state.entries.with(key, entry),
    indexOwners: ownersAfter(state, state.entries.get(key)?.table ?? null, entry.table),
    mayHavePartitions: state.mayHavePartitions || entry.table.partitionOf !== null,
    mayHaveHeirs: state.mayHaveHeirs || entry.inherits.length > 0,
    mayHaveNew: state.mayHaveNew || entry.isNew,
  }
}

/** The index that was the replica identity may have gone with a constraint or a column: `relreplident` stays, and names nothing. */
function withoutLostIdentity(entry: Entry): Entry {
  const { replicaIdentity, indexes } = entry.table
  if (replicaIdentity.kind !== 'index' || replicaIdentity.index === null) return entry
  const isThere = !entry.created || indexes.some(({ name }) => name === replicaIdentity.index)
  return isThere
    ? entry
    : { ...entry, table: { ...entry.table, replicaIdentity: { kind: 'index', index: null } } }
}

/** Null: the table was not there before, or is gone. */
function ownersAfter(
  state: State,
  before: TableSnapshot | null,
  after: TableSnapshot | null,
): State['indexOwners'] {
  if (before?.indexes === after?.indexes) return state.indexOwners
  let owners = state.indexOwners
  const names = new Set(after?.indexes.map(({ name }) => name))
  for (const { name } of before?.indexes ?? []) {
    if (before !== null && !names.has(name)) owners = owners.without(keyOf({ schema: before.schema, name }))
  }
  if (after === null) return owners
  const table = keyOf(after)
  for (const name of names) {
    const key = keyOf({ schema: after.schema, name })
    if (owners.get(key)?.table !== table) owners = owners.with(key, { table })
  }
  return owners
}

export function removeEntry(state: State, name: QualifiedName): State {
  const key = keyOf(name)
  return {
    ...state,
    entries: state.entries.without(key),
    indexOwners: ownersAfter(state, state.entries.get(key)?.table ?? null, null),
    gone: withName(state.gone, key),
  }
}

/** What a statement on a table that nobody has told of says of it: that it exists. */
function assumed(state: State, name: QualifiedName): Entry | null {
  if (state.complete || state.gone.has(keyOf(name)) || state.otherRelations.has(keyOf(name))) return null
  return {
    table: emptyTable(name),
    created: false,
    columnsKnown: false,
    isNew: false,
    fresh: new Set(),
    filled: new Map(),
    gone: new Set(),
    notNull: new Set(),
    isDefault: null,
    inherits: [],
    ofType: null,
    unlogged: null,
    disabled: [],
  }
}

export function emptyTable(name: QualifiedName): TableSnapshot {
  return {
    schema: name.schema,
    name: name.name,
    kind: 'table',
    partitionOf: null,
    columns: [],
    constraints: [],
    indexes: [],
    triggers: [],
    replicaIdentity: { kind: 'default' },
    estimatedRows: null,
    tableBytes: null,
    indexBytes: null,
  }
}

export function editEntry(state: State, name: RelationName, edit: (entry: Entry) => Entry): State {
  const qualified = resolveIn(state, name)
  const entry = state.entries.get(keyOf(qualified)) ?? assumed(state, qualified)
  if (entry === null) return state
  const after = edit(entry)
  return after === entry ? state : putEntry(state, after)
}

export function editTable(
  state: State,
  name: RelationName,
  edit: (table: TableSnapshot) => TableSnapshot,
): State {
  return editEntry(state, name, (entry) => {
    const table = edit(entry.table)
    return table === entry.table ? entry : { ...entry, table }
  })
}

/** The table, its partitions and its heirs, which ALTER TABLE changes with it. */
export function editFamily(state: State, name: RelationName, edit: (entry: Entry) => Entry): State {
  const parent = resolveIn(state, name)
  return [parent, ...partitionsIn(state, parent), ...heirsIn(state, parent)].reduce(
    (next, one) => editEntry(next, one, edit),
    state,
  )
}

export function editColumn(entry: Entry, column: string, change: Partial<ColumnSnapshot>): Entry {
  if (!entry.table.columns.some(({ name }) => name === column)) return entry
  const columns = entry.table.columns.map((one) => (one.name === column ? { ...one, ...change } : one))
  return { ...entry, table: { ...entry.table, columns } }
}

export function editConstraint(entry: Entry, constraint: string, change: Partial<ConstraintSnapshot>): Entry {
  if (!entry.table.constraints.some(({ name }) => name === constraint)) return entry
  const constraints = entry.table.constraints.map((one) =>
    one.name === constraint ? { ...one, ...change } : one,
  )
  return { ...entry, table: { ...entry.table, constraints } }
}

export function renameIndexIn(table: TableSnapshot, from: string, to: string): TableSnapshot {
  const { replicaIdentity } = table
  const isIdentity = replicaIdentity.kind === 'index' && replicaIdentity.index === from
  return {
    ...table,
    replicaIdentity: isIdentity ? { kind: 'index', index: to } : replicaIdentity,
    indexes: table.indexes.map((one) => (one.name === from ? { ...one, name: to } : one)),
    constraints: table.constraints.map((one) => (one.index === from ? { ...one, index: to, name: to } : one)),
  }
}

/** Marks columns NOT NULL, known or not. */
export function withNotNull(entry: Entry, columns: readonly string[]): Entry {
  if (columns.length === 0) return entry
  const table = {
    ...entry.table,
    columns: entry.table.columns.map((one) => (columns.includes(one.name) ? { ...one, notNull: true } : one)),
  }
  return { ...entry, table, notNull: new Set([...entry.notNull, ...columns]) }
}

export function withoutNotNull(entry: Entry, column: string): Entry {
  const notNull = new Set([...entry.notNull].filter((one) => one !== column))
  const constraints = entry.table.constraints.filter(
    (one) => one.kind !== 'not-null' || one.columns[0] !== column,
  )
  const after = editColumn(entry, column, { notNull: false })
  return { ...after, table: { ...after.table, constraints }, notNull }
}

/** Takes constraints out of a table, with the indexes behind them. */
export function withoutConstraints(
  entry: Entry,
  isDropped: (constraint: ConstraintSnapshot) => boolean,
): Entry {
  const dropped = entry.table.constraints.filter(isDropped)
  if (dropped.length === 0) return entry
  const indexes = new Set(dropped.map(({ index }) => index))
  return {
    ...entry,
    table: {
      ...entry.table,
      constraints: entry.table.constraints.filter((one) => !dropped.includes(one)),
      indexes: entry.table.indexes.filter(({ name }) => !indexes.has(name)),
    },
    gone: new Set([...entry.gone, ...dropped.map(({ name }) => name)]),
  }
}

export function withIndex(entry: Entry, index: IndexSnapshot): Entry {
  return { ...entry, table: { ...entry.table, indexes: [...entry.table.indexes, index] } }
}

/** Drops the foreign keys of all tables that `isDropped` chooses. */
export function withoutForeignKeys(
  state: State,
  isDropped: (constraint: ConstraintSnapshot, table: TableSnapshot) => boolean,
): State {
  return editAll(state, (entry) =>
    withoutConstraints(entry, (one) => one.references !== null && isDropped(one, entry.table)),
  )
}

/** One pass over all tables, whose names stay; shares those that stay as they are. */
export function editAll(state: State, edit: (entry: Entry) => Entry): State {
  let next = state
  for (const entry of state.entries.values()) {
    const after = edit(entry)
    if (after !== entry) next = putEntry(next, after)
  }
  return next
}

export function withName(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  return names.has(name) ? names : new Set([...names, name])
}

export function withoutName(names: ReadonlySet<string>, name: string): ReadonlySet<string> {
  return names.has(name) ? new Set([...names].filter((one) => one !== name)) : names
}

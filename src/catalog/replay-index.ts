/** CREATE, DROP and RENAME INDEX. */
import type { IndexSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { ActionOf } from '../model/statement.ts'
import { indexName } from '../postgres/generated-name.ts'
import type { QualifiedName, RelationName } from '../postgres/relation-name.ts'
import { editEntry, editTable, renameIndexIn, withIndex, withName, withoutForeignKeys } from './edit-state.ts'
import { keyNames } from './index-facts.ts'
import { sameColumns } from './replay-constraint.ts'
import { indexEntry, keyOf, partitionsIn, relationNameTaken, resolveIn, type State } from './state.ts'

export function createIndex(state: State, action: ActionOf<'create-index'>): State {
  const target = resolveIn(state, action.table)
  if (action.index !== null && relationNameTaken(state, target.schema, action.index) === 'yes') return state
  const created = addIndex(state, target, action, action.index)
  if (action.only) return created
  return partitionsIn(created, target).reduce((next, one) => addIndex(next, one, action, null), created)
}

function addIndex(
  state: State,
  table: QualifiedName,
  action: ActionOf<'create-index'>,
  given: string | null,
): State {
  const isTaken = (name: string) => relationNameTaken(state, table.schema, name) === 'yes'
  const keys = keyNames({ columns: action.columns, definition: action.sql })
  const name = given ?? indexName(table.name, [...keys, ...action.include], isTaken)
  const index: IndexSnapshot = {
    name,
    unique: action.unique,
    valid: true,
    method: action.method,
    columns: action.columns,
    include: action.include,
    partial: action.partial,
    definition: action.sql,
  }
  const added = editEntry(state, table, (entry) => withIndex(entry, index))
  return withoutGone(added, { schema: table.schema, name })
}

function withoutGone(state: State, name: QualifiedName): State {
  const key = keyOf(name)
  return state.gone.has(key)
    ? { ...state, gone: new Set([...state.gone].filter((one) => one !== key)) }
    : state
}

export function dropIndex(state: State, action: ActionOf<'drop-index'>): State {
  const found = indexEntry(state, action.index)
  if (found === null) {
    if (state.complete) return state
    const schema = action.index.schema ?? state.searchPath[0] ?? 'public'
    return { ...state, gone: withName(state.gone, keyOf({ schema, name: action.index.name })) }
  }
  const { table } = found.entry
  // The index behind a constraint goes with the constraint only.
  if (table.constraints.some(({ index }) => index === found.index.name)) return state
  const without = removeIndex(
    action.cascade ? withoutKeysOn(state, table, found.index) : state,
    table,
    found.index.name,
  )
  const gone = withName(without.gone, keyOf({ schema: table.schema, name: found.index.name }))
  return partitionsIn(state, table).reduce(
    (next, partition) => {
      const twin = partition.indexes.find(
        (one) => one.unique === found.index.unique && sameColumns(one.columns, found.index.columns),
      )
      return twin === undefined ? next : removeIndex(next, partition, twin.name)
    },
    { ...without, gone },
  )
}

/** What CASCADE takes along: the foreign keys that hang on a unique index, if no other one can bear them. */
function withoutKeysOn(state: State, table: TableSnapshot, index: IndexSnapshot): State {
  const isTwin = (one: IndexSnapshot): boolean =>
    one.name !== index.name && one.unique && !one.partial && sameColumns(one.columns, index.columns)
  if (!index.unique || table.indexes.some(isTwin)) return state
  return withoutForeignKeys(
    state,
    ({ references }) =>
      references !== null &&
      references.schema === table.schema &&
      references.name === table.name &&
      sameColumns(references.columns, index.columns),
  )
}

function removeIndex(state: State, table: RelationName, index: string): State {
  return editTable(state, table, (one) => ({
    ...one,
    indexes: one.indexes.filter(({ name }) => name !== index),
  }))
}

export function renameIndex(
  state: State,
  { index, to }: { readonly index: RelationName; readonly to: string },
): State {
  const found = indexEntry(state, index)
  if (found === null) return state
  return editTable(state, found.entry.table, (table) => renameIndexIn(table, found.index.name, to))
}

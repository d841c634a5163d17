/**
 * The catalog that an action leaves behind. Immutable: tables that an action does not touch are shared. What no statement
 * has told of stays unknown, and a statement on an unknown table tells what it can.
 */
import type { CatalogSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { Action, ActionOf } from '../model/statement.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../postgres/relation-name.ts'
import { splitName } from '../postgres/type-name.ts'
import { parseScript } from '../sql/parse-script.ts'
import { bodyOf } from '../sql/routine-body.ts'
import { isNullExpression } from '../sql/statement-facts.ts'
import type { Catalog } from './catalog.ts'
import { editAll, editTable } from './edit-state.ts'
import { layeredMap } from './layered-map.ts'
import { replayColumn } from './replay-column.ts'
import { replayConstraint } from './replay-constraint.ts'
import { createIndex, dropIndex, renameIndex } from './replay-index.ts'
import { replayOther } from './replay-other.ts'
import { replayUpdate } from './replay-update.ts'
import { replayTable } from './replay-table.ts'
import { parseSearchPath } from './search-path.ts'
import {
  catalogFrom,
  entryOf,
  keyOf,
  partitionsIn,
  stateOf,
  temporarySchema,
  type Entry,
  type State,
} from './state.ts'

/** A catalog in which nothing is known; `complete`: because there is nothing. */
export function emptyCatalog(options: {
  readonly complete: boolean
  readonly searchPath: readonly string[]
}): Catalog {
  return catalogFrom({
    started: false,
    origin: 'replay',
    complete: options.complete,
    serverMajor: null,
    server: null,
    searchPath: options.searchPath,
    sessionSearchPath: options.searchPath,
    defaultSearchPath: options.searchPath,
    timeZone: null,
    sessionTimeZone: null,
    entries: layeredMap([]),
    indexOwners: layeredMap([]),
    mayHavePartitions: false,
    mayHaveHeirs: false,
    mayHaveNew: false,
    newTypes: new Set(),
    otherRelations: new Set(),
    gone: new Set(),
    objects: [],
  })
}

/** None of its tables is new. A replay's table without columns is one whose columns nobody has named. */
export function catalogOf(snapshot: CatalogSnapshot): Catalog {
  const entries = snapshot.tables.map((read): readonly [string, Entry] => {
    const table = withoutNullDefaults(read)
    const columnsKnown = snapshot.origin === 'database' || table.columns.length > 0
    const isDefault = partitionDefault(table, snapshot)
    const known = {
      created: true,
      columnsKnown,
      isNew: false,
      fresh: new Set<string>(),
      filled: new Map<string, string>(),
      gone: new Set<string>(),
      notNull: new Set<string>(),
      isDefault,
      inherits: inheritedFrom(table, snapshot),
      ofType: ofTypeOf(table, snapshot),
      unlogged: isUnlogged(table, snapshot),
      disabled: [],
    }
    return [keyOf(table), { table, ...known }]
  })
  return catalogFrom({
    started: false,
    origin: snapshot.origin,
    complete: snapshot.complete,
    serverMajor: snapshot.serverMajor,
    server: snapshot.server,
    searchPath: snapshot.searchPath,
    sessionSearchPath: snapshot.searchPath,
    defaultSearchPath: snapshot.searchPath,
    timeZone: null,
    sessionTimeZone: null,
    entries: layeredMap(entries),
    indexOwners: layeredMap(snapshot.tables.flatMap(ownedIndexes)),
    mayHavePartitions: snapshot.tables.some(({ partitionOf }) => partitionOf !== null),
    mayHaveHeirs: entries.some(([, { inherits }]) => inherits.length > 0),
    mayHaveNew: false,
    newTypes: new Set(),
    otherRelations: sequencesOf(snapshot),
    gone: new Set(),
    objects: snapshot.objects,
  })
}

/** pg_attrdef keeps `NULL::character varying`, where a cast to the column's length stood about the NULL. */
function withoutNullDefaults(table: TableSnapshot): TableSnapshot {
  const isNull = (text: string | null) => text !== null && isNullExpression(text)
  if (!table.columns.some((column) => isNull(column.default))) return table
  const columns = table.columns.map((one) => (isNull(one.default) ? { ...one, default: null } : one))
  return { ...table, columns }
}

function ownedIndexes(table: TableSnapshot): (readonly [string, { readonly table: string }])[] {
  const owner = { table: keyOf(table) }
  return table.indexes.map(({ name }) => [keyOf({ schema: table.schema, name }), owner])
}

/** Tables of which only parts are known are not in it, nor are temporary ones: a snapshot cannot say so. */
export function snapshotOf(catalog: Catalog): CatalogSnapshot {
  const state = stateOf(catalog)
  return {
    origin: state.origin,
    complete: state.complete,
    serverMajor: state.serverMajor,
    searchPath: [...state.sessionSearchPath],
    tables: [...state.entries.values()]
      .filter(({ created, table }) => created && table.schema !== temporarySchema)
      .map(({ table }) => table),
    objects: [...state.objects],
    server: state.server,
  }
}

/** From here on tables are old that were new: others may read and write them. Temporary ones stay the session's own. */
export function startBatch(catalog: Catalog): Catalog {
  const isAged = ({ isNew, table }: Entry) => isNew && table.schema !== temporarySchema
  return moved(catalog, (state) => {
    const started =
      state.started && state.newTypes.size === 0
        ? state
        : { ...state, started: true, newTypes: new Set<string>() }
    if (!state.mayHaveNew) return started
    const aged = editAll(started, (entry) => (isAged(entry) ? { ...entry, isNew: false } : entry))
    return { ...aged, mayHaveNew: false }
  })
}

/** The catalog after the action, if it succeeds; the same object where nothing changes. */
export function replay(catalog: Catalog, action: Action): Catalog {
  return moved(catalog, (state) => replayState(state, action))
}

/** COMMIT or ROLLBACK: what SET LOCAL changed is undone. */
export function endTransaction(catalog: Catalog): Catalog {
  return moved(catalog, (state) =>
    state.searchPath === state.sessionSearchPath && state.timeZone === state.sessionTimeZone
      ? state
      : { ...state, searchPath: state.sessionSearchPath, timeZone: state.sessionTimeZone },
  )
}

/** The next file has a session of its own: its search path is the configured one. */
export function endSession(catalog: Catalog): Catalog {
  return moved(catalog, (state) => {
    const path = state.defaultSearchPath
    const isAsBegun = state.searchPath === path && state.sessionSearchPath === path && state.timeZone === null
    if (isAsBegun && state.sessionTimeZone === null) return state
    return { ...state, searchPath: path, sessionSearchPath: path, timeZone: null, sessionTimeZone: null }
  })
}

function moved(catalog: Catalog, step: (state: State) => State): Catalog {
  const state = stateOf(catalog)
  const next = step(state)
  return next === state ? catalog : catalogFrom(next)
}

function replayState(state: State, action: Action): State {
  switch (action.kind) {
    case 'create-table':
    case 'drop-table':
    case 'rename-table':
    case 'set-schema':
    case 'alter-table':
      return replayTable(state, action)
    case 'add-column':
    case 'drop-column':
    case 'rename-column':
    case 'set-default':
    case 'drop-default':
    case 'set-not-null':
    case 'drop-not-null':
    case 'alter-column-type':
      return replayColumn(state, action)
    case 'add-constraint':
    case 'rename-constraint':
    case 'validate-constraint':
    case 'drop-constraint':
      return replayConstraint(state, action)
    case 'create-index':
      return createIndex(state, action)
    case 'drop-index':
      return dropIndex(state, action)
    case 'rename-index':
      return renameIndex(state, action)
    case 'set':
      return setParameter(state, action)
    case 'other':
      return action.tag === 'DO' ? replayBlock(state, action.sql) : replayOther(state, action)
    case 'update':
      return replayUpdate(state, action)
    case 'insert':
      return action.valueRows === null ? withoutSize(state, action.table) : state
    case 'reindex':
    case 'delete':
    case 'truncate':
    case 'lock-table':
    case 'select':
    case 'transaction':
    case 'comment':
      return state
  }
}

/** How many rows a query puts into a table only the database can count: nobody has counted it any more. */
function withoutSize(state: State, table: RelationName): State {
  const target = entryOf(state, table)
  if (target === undefined) return state
  const grown = [target, ...partitionsIn(state, target.table).map((one) => entryOf(state, one) ?? target)]
  return grown
    .filter((entry) => entry.table.estimatedRows !== null)
    .reduce((next, { table: one }) => editTable(next, one, uncounted), state)
}

function uncounted(table: TableSnapshot): TableSnapshot {
  return { ...table, estimatedRows: null, tableBytes: null, indexBytes: null }
}

/** What a block may leave out, it counts as not having done. */
function replayBlock(state: State, sql: string): State {
  const statements = bodyOf(sql)?.statements.filter(({ always }) => always) ?? []
  return statements
    .flatMap((one) => parseScript(one.sql, '').statements)
    .flatMap(({ actions }) => actions)
    .reduce(replayState, state)
}

function setParameter(state: State, action: ActionOf<'set'>): State {
  if (action.parameter === 'timezone') {
    return {
      ...state,
      timeZone: action.value,
      ...(action.local ? {} : { sessionTimeZone: action.value }),
    }
  }
  if (action.parameter !== 'search_path') return state
  const searchPath = action.value === null ? state.defaultSearchPath : parseSearchPath(action.value)
  return { ...state, searchPath, ...(action.local ? {} : { sessionSearchPath: searchPath }) }
}

/** A database's reader describes a partition by its parent and its bound: `partition of p; DEFAULT`. */
function partitionDefault(table: TableSnapshot, snapshot: CatalogSnapshot): boolean | null {
  if (table.partitionOf === null || snapshot.origin !== 'database') return null
  const facts = relationFacts(table, snapshot)
  return facts.length === 0 ? null : facts.includes('DEFAULT')
}

/** What a database's reader says of a relation, each fact by itself: `unlogged`, `inherits public.p`. */
function relationFacts(table: TableSnapshot, snapshot: CatalogSnapshot): readonly string[] {
  const identity = formatRelation(table)
  const object = snapshot.objects.find((one) => one.kind === 'relation' && one.identity === identity)
  return object?.definition.split('; ') ?? []
}

function inheritedFrom(table: TableSnapshot, snapshot: CatalogSnapshot): readonly QualifiedName[] {
  const word = 'inherits '
  const fact = relationFacts(table, snapshot).find((one) => one.startsWith(word))
  return (fact?.slice(word.length).split(', ') ?? []).map((parent) => {
    const { schema, name } = splitName(parent)
    return { schema: schema ?? 'public', name }
  })
}

function ofTypeOf(table: TableSnapshot, snapshot: CatalogSnapshot): string | null {
  const word = 'of type '
  return (
    relationFacts(table, snapshot)
      .find((one) => one.startsWith(word))
      ?.slice(word.length) ?? null
  )
}

function isUnlogged(table: TableSnapshot, snapshot: CatalogSnapshot): boolean | null {
  return snapshot.origin === 'database' ? relationFacts(table, snapshot).includes('unlogged') : null
}

/** Sequences stand among a snapshot's objects, by their formatted name. */
function sequencesOf(snapshot: CatalogSnapshot): ReadonlySet<string> {
  return new Set(
    snapshot.objects.flatMap(({ kind, identity, definition }) => {
      // A composite type has a relation of its name.
      if (kind !== 'sequence' && !(kind === 'type' && definition.startsWith('composite '))) return []
      const { schema, name } = splitName(identity)
      return schema === null ? [] : [keyOf({ schema, name })]
    }),
  )
}

/**
 * What a catalog is made of, and the answers over it. `replay` makes a new state from an old one and shares what did not
 * change; nobody outside this folder sees a state.
 */
import type {
  CatalogSnapshot,
  ConstraintSnapshot,
  ObjectSnapshot,
  TableSnapshot,
  TriggerSnapshot,
} from '../model/catalog.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../postgres/relation-name.ts'
import type { Answer, Catalog, Lookup } from './catalog.ts'
import { provesNotNull } from './constraint-facts.ts'
import type { LayeredMap } from './layered-map.ts'

/** A table and how much of it is known. */
export interface Entry {
  readonly table: TableSnapshot
  /** False: only met in ALTER TABLE, CREATE INDEX and the like, of a table that no statement created. */
  readonly created: boolean
  /** False: it has columns that nobody has named (a view, CREATE TABLE AS, LIKE an unknown table). */
  readonly columnsKnown: boolean
  readonly isNew: boolean
  /** Columns that have come since the first batch began: no application that runs knows them. */
  readonly fresh: ReadonlySet<string>
  /** What a pending UPDATE puts in place of NULL in a column, as an expression over the row; by the column. */
  readonly filled: ReadonlyMap<string, string>
  /** Names of columns, constraints and indexes that are known to be gone from a table not wholly known. */
  readonly gone: ReadonlySet<string>
  /** Columns of a table not wholly known that a statement has made NOT NULL. */
  readonly notNull: ReadonlySet<string>
  /** Of a partition: is it the default one? Null: not known. */
  readonly isDefault: boolean | null
  /** Parents of a table that is no partition (INHERITS). */
  readonly inherits: readonly QualifiedName[]
  /** The composite type that the table is made OF, as a column's type is spelled; null: none. */
  readonly ofType: string | null
  /** UNLOGGED? Null: not known. */
  readonly unlogged: boolean | null
  /** Triggers that ALTER TABLE … DISABLE TRIGGER has taken out of the table's: they fire for nobody. */
  readonly disabled: readonly TriggerSnapshot[]
}

export interface State {
  /** The first batch has begun: what comes from here on is pending. */
  readonly started: boolean
  readonly origin: CatalogSnapshot['origin']
  readonly complete: boolean
  readonly serverMajor: number | null
  readonly server: CatalogSnapshot['server']
  readonly searchPath: readonly string[]
  /** What the path falls back to when SET LOCAL ends, and at RESET. */
  readonly sessionSearchPath: readonly string[]
  readonly defaultSearchPath: readonly string[]
  /** The session's TimeZone, as written; null: nobody has said. */
  readonly timeZone: string | null
  /** What it falls back to when SET LOCAL ends. */
  readonly sessionTimeZone: string | null
  /** By `keyOf`. */
  readonly entries: LayeredMap<Entry>
  /** The table of each index, as a key of `entries`; by `keyOf` the index. Kept by `putEntry` and `removeEntry`. */
  readonly indexOwners: LayeredMap<{ readonly table: string }>
  /** False: no table is a partition or new, so that nobody need go through them all to find out. */
  readonly mayHavePartitions: boolean
  readonly mayHaveHeirs: boolean
  readonly mayHaveNew: boolean
  /** Types created since the batch began, spelled by `formatRelation`. */
  readonly newTypes: ReadonlySet<string>
  /** Sequences and other relations without columns of interest, by `keyOf`. */
  readonly otherRelations: ReadonlySet<string>
  /** Relations known not to exist although the catalog is not complete, by `keyOf`. */
  readonly gone: ReadonlySet<string>
  readonly objects: readonly ObjectSnapshot[]
}

const states = new WeakMap<Catalog, State>()

/** The state behind a catalog that this folder made; any other is a bug. */
export function stateOf(catalog: Catalog): State {
  const state = states.get(catalog)
  if (state === undefined) throw new TypeError('a catalog that catalog/ did not make')
  return state
}

/** A NUL cannot be part of a name. */
export function keyOf(name: QualifiedName): string {
  return `${name.schema}\0${name.name}`
}

/** Tables that only this session sees live here, before everything else on the path. */
export const temporarySchema = 'pg_temp'

export function resolveIn(state: State, name: RelationName): QualifiedName {
  if (name.schema !== null) return { schema: name.schema, name: name.name }
  const has = (schema: string) => isRelation(state, { schema, name: name.name })
  const schema = [temporarySchema, ...state.searchPath].find(has) ?? state.searchPath[0] ?? 'public'
  return { schema, name: name.name }
}

function isRelation(state: State, name: QualifiedName): boolean {
  const key = keyOf(name)
  return state.entries.has(key) || state.otherRelations.has(key)
}

export function isType(kind: string): boolean {
  return kind === 'type' || kind === 'domain'
}

export function resolveType(state: State, name: RelationName): QualifiedName {
  if (name.schema !== null) return { schema: name.schema, name: name.name }
  const has = (schema: string) => {
    const identity = formatRelation({ schema, name: name.name })
    return state.objects.some((one) => isType(one.kind) && one.identity === identity)
  }
  return { schema: state.searchPath.find(has) ?? state.searchPath[0] ?? 'public', name: name.name }
}

export function entryOf(state: State, name: RelationName): Entry | undefined {
  return state.entries.get(keyOf(resolveIn(state, name)))
}

/** An index of any table, along the search path where it has no schema. */
export function indexEntry(
  state: State,
  name: RelationName,
): { readonly entry: Entry; readonly index: TableSnapshot['indexes'][number] } | null {
  const schemas = name.schema === null ? [temporarySchema, ...state.searchPath] : [name.schema]
  for (const schema of schemas) {
    const owner = state.indexOwners.get(keyOf({ schema, name: name.name }))
    const entry = owner === undefined ? undefined : state.entries.get(owner.table)
    const index = entry?.table.indexes.find((one) => one.name === name.name)
    if (entry !== undefined && index !== undefined) return { entry, index }
  }
  return null
}

type ForeignKey = { readonly table: TableSnapshot; readonly constraint: ConstraintSnapshot }

/** By the table that they refer to. Asked several times of a statement, and the tables are the same until it is replayed. */
const keysByReferenced = new WeakMap<State['entries'], ReadonlyMap<string, readonly ForeignKey[]>>()

function foreignKeysIn({ entries }: State, referenced: QualifiedName): readonly ForeignKey[] {
  let byReferenced = keysByReferenced.get(entries)
  if (byReferenced === undefined) {
    byReferenced = foreignKeysOf(entries)
    keysByReferenced.set(entries, byReferenced)
  }
  return byReferenced.get(keyOf(referenced)) ?? []
}

function foreignKeysOf(entries: State['entries']): ReadonlyMap<string, readonly ForeignKey[]> {
  const keys = new Map<string, ForeignKey[]>()
  for (const { table } of entries.values()) {
    for (const constraint of table.constraints) {
      if (constraint.references === null) continue
      const name = keyOf(constraint.references)
      const others = keys.get(name)
      if (others === undefined) keys.set(name, [{ table, constraint }])
      else others.push({ table, constraint })
    }
  }
  return keys
}

export function partitionsIn(state: State, parent: QualifiedName): TableSnapshot[] {
  if (!state.mayHavePartitions) return []
  const direct: TableSnapshot[] = []
  for (const { table } of state.entries.values()) {
    const { partitionOf } = table
    if (partitionOf?.schema === parent.schema && partitionOf.name === parent.name) direct.push(table)
  }
  return direct.flatMap((table) => [table, ...partitionsIn(state, table)])
}

/** Tables that inherit from one that is not partitioned, transitively. */
export function heirsIn(state: State, parent: QualifiedName): TableSnapshot[] {
  if (!state.mayHaveHeirs) return []
  const direct: TableSnapshot[] = []
  for (const { table, inherits } of state.entries.values()) {
    if (inherits.some((one) => one.schema === parent.schema && one.name === parent.name)) direct.push(table)
  }
  return direct.flatMap((table) => [table, ...heirsIn(state, table)])
}

/** The partition that takes the rows of no other. */
export function defaultPartitionOf(
  catalog: Catalog,
  parent: RelationName,
): QualifiedName | 'none' | 'unknown' {
  const state = stateOf(catalog)
  const name = resolveIn(state, parent)
  const entry = state.entries.get(keyOf(name))
  const partitions = [...state.entries.values()].filter(
    ({ table }) => table.partitionOf?.schema === name.schema && table.partitionOf.name === name.name,
  )
  const found = partitions.find(({ isDefault }) => isDefault === true)
  if (found !== undefined) return { schema: found.table.schema, name: found.table.name }
  const isKnown = entry?.created === true && partitions.every(({ isDefault }) => isDefault === false)
  return isKnown ? 'none' : 'unknown'
}

export function relationNameTaken(state: State, schema: string, name: string): Answer {
  const key = keyOf({ schema, name })
  if (state.entries.has(key) || state.otherRelations.has(key)) return 'yes'
  if (indexEntry(state, { schema, name }) !== null) return 'yes'
  if (state.complete || state.gone.has(key)) return 'no'
  return 'unknown'
}

export function catalogFrom(state: State): Catalog {
  const catalog: Catalog = {
    complete: state.complete,
    server: state.server,
    searchPath: state.searchPath,
    resolve: (name) => resolveIn(state, name),
    table: (name) => tableLookup(state, name),
    column: (table, column) =>
      partLookup(state, table, column, (one) => one.columns.find(({ name }) => name === column)),
    constraint: (table, constraint) =>
      partLookup(state, table, constraint, (one) => one.constraints.find(({ name }) => name === constraint)),
    index: (name) => {
      const found = indexEntry(state, name)
      if (found !== null) return { index: found.index, table: found.entry.table }
      if (state.complete) return 'absent'
      const schemas = name.schema === null ? state.searchPath : [name.schema]
      const isGone = (schema: string) => state.gone.has(keyOf({ schema, name: name.name }))
      return schemas.length > 0 && schemas.every(isGone) ? 'absent' : 'unknown'
    },
    foreignKeysTo: (table) => foreignKeysIn(state, resolveIn(state, table)),
    partitionsOf: (table) => partitionsIn(state, resolveIn(state, table)),
    heirsOf: (table) => heirsIn(state, resolveIn(state, table)),
    isUnlogged: (table) => entryOf(state, table)?.unlogged ?? null,
    timeZone: state.timeZone,
    isNew: (table) => entryOf(state, table)?.isNew ?? false,
    isNewType: (name) => state.newTypes.has(formatRelation(resolveType(state, name))),
    resolveType: (name) => resolveType(state, name),
    isFresh: (table, column) => entryOf(state, table)?.fresh.has(column) ?? false,
    fillOf: (table, column) => entryOf(state, table)?.filled.get(column) ?? null,
    isProvedNotNull: (table, column) => provedNotNull(state, table, column),
    isRelationNameTaken: (schema, name) => relationNameTaken(state, schema, name),
  }
  states.set(catalog, state)
  return catalog
}

/** The same catalog, in which the table has neither partitions nor heirs: for statements that say ONLY. */
export function alone(catalog: Catalog, table: RelationName): Catalog {
  const state = stateOf(catalog)
  const own = keyOf(resolveIn(state, table))
  const isOwn = (name: RelationName) => keyOf(resolveIn(state, name)) === own
  const narrowed: Catalog = {
    ...catalog,
    partitionsOf: (name) => (isOwn(name) ? [] : catalog.partitionsOf(name)),
    heirsOf: (name) => (isOwn(name) ? [] : catalog.heirsOf(name)),
  }
  states.set(narrowed, state)
  return narrowed
}

/** The same catalog, in which the table has no heirs. */
export function withoutHeirs(catalog: Catalog, table: RelationName): Catalog {
  return catalog.heirsOf(table).length === 0 ? catalog : alone(catalog, table)
}

function tableLookup(state: State, name: RelationName): Lookup<TableSnapshot> {
  const entry = entryOf(state, name)
  if (entry !== undefined) return entry.created ? entry.table : 'unknown'
  return state.complete || state.gone.has(keyOf(resolveIn(state, name))) ? 'absent' : 'unknown'
}

function partLookup<T>(
  state: State,
  name: RelationName,
  part: string,
  find: (table: TableSnapshot) => T | undefined,
): Lookup<T> {
  const entry = entryOf(state, name)
  if (entry === undefined) return tableLookup(state, name) === 'absent' ? 'absent' : 'unknown'
  const found = find(entry.table)
  if (found !== undefined) return found
  return (entry.created && entry.columnsKnown) || entry.gone.has(part) ? 'absent' : 'unknown'
}

function provedNotNull(state: State, table: RelationName, column: string): Answer {
  const entry = entryOf(state, table)
  if (entry === undefined) return state.complete ? 'no' : 'unknown'
  const found = entry.table.columns.find(({ name }) => name === column)
  if (found?.notNull === true || entry.notNull.has(column)) return 'yes'
  const isProof = (constraint: ConstraintSnapshot) =>
    constraint.validated && provesNotNull(constraint).includes(column)
  if (entry.table.constraints.some(isProof)) return 'yes'
  return entry.created && entry.columnsKnown ? 'no' : 'unknown'
}

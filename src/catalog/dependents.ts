/**
 * What hangs on a table by way of SQL that the catalog keeps as text: views by their queries, statistics by their
 * definition. Read anew at each question, which only DROP … CASCADE, REFRESH and DROP STATISTICS ask.
 */
import type { ObjectSnapshot, TableSnapshot } from '../model/catalog.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { droppedParts, namedIn, triggerFunction, type NamedInQuery } from '../sql/statement-facts.ts'
import type { Catalog } from './catalog.ts'
import { columnType } from './known-type.ts'
import { keyOf, resolveIn, stateOf, type State } from './state.ts'

const queries = new WeakMap<ObjectSnapshot, NamedInQuery | null>()

function queryOf(object: ObjectSnapshot): NamedInQuery | null {
  const known = queries.get(object)
  if (known !== undefined) return known
  const query = namedIn(withoutOptions(object.definition))
  queries.set(object, query)
  return query
}

/** A database's reader puts `WITH (option=value)` in front of a view's query. */
function withoutOptions(definition: string): string {
  return definition.startsWith('WITH (') ? definition.slice(definition.indexOf(') ') + 1) : definition
}

const viewKinds: ReadonlySet<string> = new Set(['view', 'materialized-view'])

interface View {
  readonly name: QualifiedName
  readonly query: NamedInQuery | null
}

function viewsOf(state: State): View[] {
  const entries = [...state.entries.values()].filter(({ table }) => viewKinds.has(table.kind))
  return entries.map(({ table }) => {
    const identity = formatRelation(table)
    const object = state.objects.find((one) => viewKinds.has(one.kind) && one.identity === identity)
    return {
      name: { schema: table.schema, name: table.name },
      query: object === undefined ? null : queryOf(object),
    }
  })
}

/**
 * Views that read the table, or its `column`, and the views over those; what CASCADE drops. A view whose query is not
 * known counts as one.
 */
export function viewsOver(
  catalog: Catalog,
  table: RelationName,
  column: string | null,
): readonly QualifiedName[] {
  const state = stateOf(catalog)
  const views = viewsOf(state)
  const reached = new Map<string, QualifiedName>()
  const pending: QualifiedName[] = [resolveIn(state, table)]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const isFirst = reached.size === 0
    for (const { name, query } of views) {
      if (reached.has(keyOf(name)) || !reads(state, query, next, isFirst ? column : null)) continue
      reached.set(keyOf(name), name)
      pending.push(name)
    }
  }
  return [...reached.values()]
}

function reads(
  state: State,
  query: NamedInQuery | null,
  table: QualifiedName,
  column: string | null,
): boolean {
  if (query === null) return true
  const isNamed = query.relations.some((one) => keyOf(resolveIn(state, one)) === keyOf(table))
  return isNamed && (column === null || query.columns.has(column) || query.columns.has('*'))
}

/** What is kept of a view: its CREATE VIEW, or the bare query that a database tells; null: nothing. */
export function keptView(catalog: Catalog, view: RelationName): string | null {
  const state = stateOf(catalog)
  const name = resolveIn(state, view)
  if (state.entries.get(keyOf(name))?.table.kind !== 'view') return null
  const identity = formatRelation(name)
  const kept = state.objects.find((one) => one.kind === 'view' && one.identity === identity)
  return kept === undefined ? null : withoutOptions(kept.definition)
}

/** The CREATE statement of a view or a materialized view, or the bare query that a database tells; null: not known. */
export function queryOfView(catalog: Catalog, view: RelationName): string | null {
  const identity = formatRelation(resolveIn(stateOf(catalog), view))
  const kept = stateOf(catalog).objects.find((one) => viewKinds.has(one.kind) && one.identity === identity)
  return kept === undefined ? null : withoutOptions(kept.definition)
}

/** What is kept of a trigger, a policy or a rule, as a statement that makes it; null: nothing. */
export function standingObject(
  catalog: Catalog,
  kind: 'trigger' | 'policy' | 'rule',
  name: string,
  table: RelationName,
): string | null {
  const on = formatRelation(resolveIn(stateOf(catalog), table))
  const identity = `${quoteIdentifier(name)} on ${on}`
  const kept = stateOf(catalog).objects.find((one) => one.kind === kind && one.identity === identity)
  if (kept === undefined) return null
  // Of a policy a database's reader tells `permissive select to public using (…)`.
  const [first = '', command = '', ...rest] = kept.definition.split(' ')
  return first === 'permissive' || first === 'restrictive'
    ? `CREATE POLICY ${quoteIdentifier(name)} ON ${on} AS ${first} FOR ${command} ${rest.join(' ')}`
    : kept.definition
}

/** The policies that are known to stand on a table, in words. */
export function policiesOn(catalog: Catalog, table: RelationName): readonly string[] {
  const state = stateOf(catalog)
  const ending = ` on ${formatRelation(resolveIn(state, table))}`
  return state.objects.flatMap(({ kind, identity }) =>
    kind === 'policy' && identity.endsWith(ending) ? [identity] : [],
  )
}

/** The relations that a view's query names; null: not known. */
export function sourcesOf(catalog: Catalog, view: RelationName): readonly QualifiedName[] | null {
  const state = stateOf(catalog)
  const name = resolveIn(state, view)
  const found = viewsOf(state).find((one) => keyOf(one.name) === keyOf(name))
  if (found === undefined || found.query === null) return null
  return found.query.relations.map((one) => resolveIn(state, one)).filter((one) => keyOf(one) !== keyOf(name))
}

/** Is the table known to be of access method heap? A replay takes PostgreSQL's default, a reader names any other. */
export function isHeap(catalog: Catalog, table: RelationName): boolean {
  const state = stateOf(catalog)
  const identity = formatRelation(resolveIn(state, table))
  const facts = state.objects.find((one) => one.kind === 'relation' && one.identity === identity)
  return facts?.definition.includes('access method ') !== true
}

/** The tables that extended statistics of this name stand on; empty: not known. */
export function tablesOfStatistics(catalog: Catalog, name: RelationName): readonly QualifiedName[] {
  const state = stateOf(catalog)
  const schemas = name.schema === null ? state.searchPath : [name.schema]
  const identities = schemas.map((schema) => formatRelation({ schema, name: name.name }))
  const found = state.objects.find(
    ({ kind, identity }) => kind === 'statistics' && identities.includes(identity),
  )
  const query = found === undefined ? null : namedIn(found.definition)
  return (query?.relations ?? []).map((one) => resolveIn(state, one))
}

/**
 * Policies, rules and extended statistics that stand on a table and may name its column, in words. Views are asked for by
 * `viewsOver`, indexes and constraints are the table's own.
 */
export function objectsNaming(catalog: Catalog, table: RelationName, column: string): readonly string[] {
  const state = stateOf(catalog)
  const name = resolveIn(state, table)
  const spelled = formatRelation(name)
  return state.objects.flatMap((object) => {
    const { kind, identity } = object
    if (kind === 'policy' || kind === 'rule') {
      return identity.endsWith(` on ${spelled}`) ? [`${kind} ${identity}`] : []
    }
    if (kind !== 'statistics') return []
    const query = namedIn(object.definition)
    const isOn = query?.relations.some((one) => keyOf(resolveIn(state, one)) === keyOf(name)) ?? true
    return isOn && (query?.columns.has(column) ?? true) ? [`statistics ${identity}`] : []
  })
}

/** Is the extension known to be there? */
export function hasExtension(catalog: Catalog, name: string): boolean {
  return stateOf(catalog).objects.some(({ kind, identity }) => kind === 'extension' && identity === name)
}

/** Tables made OF a composite type. */
export function tablesOf(catalog: Catalog, type: RelationName): readonly TableSnapshot[] {
  const state = stateOf(catalog)
  const spelled = columnType(state, formatRelation(type))
  return [...state.entries.values()].filter(({ ofType }) => ofType === spelled).map(({ table }) => table)
}

/** Tables with a trigger that runs one of these functions. */
export function tablesWithTriggerOf(
  catalog: Catalog,
  functions: readonly RelationName[],
): readonly TableSnapshot[] {
  const { objects } = stateOf(catalog)
  const names = new Set(functions.map(({ name }) => name))
  const found = objects.filter(
    ({ kind, definition }) =>
      kind === 'trigger' && names.has(triggerFunction(withoutState(definition))?.name ?? ''),
  )
  return tables(stateOf(catalog)).filter((table) =>
    found.some(({ identity }) => identity.endsWith(` on ${formatRelation(table)}`)),
  )
}

/** A database's reader puts the state of a trigger that is switched behind it: ` [disabled]`. */
function withoutState(definition: string): string {
  const at = definition.lastIndexOf(' [')
  return at > 0 && definition.endsWith(']') ? definition.slice(0, at) : definition
}

/** Does the catalog know the policy or rule that a DROP names? */
export function hasPart(catalog: Catalog, sql: string): boolean {
  const state = stateOf(catalog)
  return droppedParts(sql).some(({ kind, name, table }) => {
    if (table === null) return true
    const identity = `${quoteIdentifier(name.name)} on ${formatRelation(resolveIn(state, table))}`
    return state.objects.some((one) => one.kind === kind && one.identity === identity)
  })
}

/** Tables with a column of the user's type, or of an array of it. */
export function tablesWithType(catalog: Catalog, type: RelationName): readonly TableSnapshot[] {
  const state = stateOf(catalog)
  const spelled = columnType(state, formatRelation(type))
  return tables(state).filter(({ columns }) =>
    columns.some((column) => column.type === spelled || column.type === `${spelled}[]`),
  )
}

/** `schemas` null: all. */
export function tablesIn(catalog: Catalog, schemas: readonly string[] | null): readonly TableSnapshot[] {
  return tables(stateOf(catalog)).filter(({ schema }) => schemas?.includes(schema) ?? true)
}

function tables(state: State): TableSnapshot[] {
  return [...state.entries.values()].map(({ table }) => table)
}

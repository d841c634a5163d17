/** Functions and procedures of the user's: what a statement or a database has told of them. */
import { formatRelation, type RelationName } from '../postgres/relation-name.ts'
import { splitName } from '../postgres/type-name.ts'
import { createdRoutine, droppedRoutines } from '../sql/routine-body.ts'
import type { Catalog } from './catalog.ts'
import { stateOf, type State } from './state.ts'

const kinds: ReadonlySet<string> = new Set(['function', 'procedure'])

const known = new WeakMap<State['objects'], ReadonlyMap<string, readonly string[]>>()

/** Definitions by schema-qualified name. Made once for each catalog's objects: every query asks. */
function definitionsIn(objects: State['objects']): ReadonlyMap<string, readonly string[]> {
  const made = known.get(objects)
  if (made !== undefined) return made
  const byName = new Map<string, readonly string[]>()
  for (const { kind, identity, definition } of objects) {
    if (!kinds.has(kind)) continue
    const name = identity.slice(0, identity.indexOf('('))
    byName.set(name, [...(byName.get(name) ?? []), definition])
  }
  known.set(objects, byName)
  return byName
}

export function knowsRoutines(catalog: Catalog): boolean {
  return definitionsIn(stateOf(catalog).objects).size > 0
}

/** The CREATE statements of all routines of this name, along the search path; empty: none is known. */
export function routinesNamed(catalog: Catalog, called: string): readonly string[] {
  const state = stateOf(catalog)
  const { schema, name } = splitName(called)
  for (const one of schema === null ? state.searchPath : [schema]) {
    const found = definitionsIn(state.objects).get(formatRelation({ schema: one, name }))
    if (found !== undefined) return found
  }
  return []
}

/** CREATE [OR REPLACE] FUNCTION or PROCEDURE. A database's reader spells the argument types in full, a replay does not. */
export function withCreatedRoutine(state: State, sql: string): State {
  const created = createdRoutine(sql)
  if (created === null) return state
  const identity = `${spelled(state, created.name)}(${created.argumentTypes.join(',')})`
  const kind = created.procedure ? 'procedure' : 'function'
  const others = state.objects.filter((one) => !kinds.has(one.kind) || one.identity !== identity)
  return { ...state, objects: [...others, { kind, identity, definition: sql }] }
}

/** All overloads: which of them is meant, their argument types do not always say. */
export function withoutRoutines(state: State, sql: string): State {
  const prefixes = droppedRoutines(sql).map((name) => `${spelled(state, name)}(`)
  const isDropped = ({ kind, identity }: State['objects'][number]) =>
    kinds.has(kind) && prefixes.some((prefix) => identity.startsWith(prefix))
  return state.objects.some(isDropped)
    ? { ...state, objects: state.objects.filter((one) => !isDropped(one)) }
    : state
}

function spelled(state: State, { schema, name }: RelationName): string {
  return formatRelation({ schema: schema ?? state.searchPath[0] ?? 'public', name })
}

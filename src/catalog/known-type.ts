/** The user's own types: what a statement or a database has told of them, and how a catalog spells them. */
import { formatRelation, type RelationName } from '../postgres/relation-name.ts'
import { formatTypeName, parseTypeName, splitName, userTypeName } from '../postgres/type-name.ts'
import { createdType } from '../sql/statement-facts.ts'
import type { Catalog } from './catalog.ts'
import { withName } from './edit-state.ts'
import { isType, keyOf, resolveType, stateOf, type State } from './state.ts'

/** `checked`: a domain with constraints, which every value must be held against. */
export function knownType(catalog: Catalog, name: RelationName): 'free' | 'checked' | 'unknown' {
  const state = stateOf(catalog)
  const identity = formatRelation(resolveType(state, name))
  const found = state.objects.find((one) => isType(one.kind) && one.identity === identity)
  if (found === undefined) return 'unknown'
  if (found.kind === 'type') return 'free'
  return found.definition.includes(' not null') || found.definition.includes(' constraint ')
    ? 'checked'
    : 'free'
}

/** A replay marks a domain that checks its values by a word behind its SQL. */
const mark = ' constraint '

function withoutMark(definition: string): string {
  return definition.endsWith(mark) ? definition.slice(0, -mark.length) : definition
}

/** What a domain is made of, as format_type() spells it; null: the type is no domain that is known. */
export function domainBase(catalog: Catalog, sql: string): string | null {
  const type = parseTypeName(sql)
  if (type.builtIn || type.array) return null
  const state = stateOf(catalog)
  const identity = formatRelation(resolveType(state, userTypeName(type)))
  const found = state.objects.find((one) => one.kind === 'domain' && one.identity === identity)
  if (found === undefined) return null
  const created = createdType(withoutMark(found.definition))
  // A database's reader begins with the base type, which no CREATE stands before.
  const base = created?.base ?? createdType(`CREATE DOMAIN read AS ${found.definition}`)?.base ?? null
  return base === null ? null : columnType(state, base)
}

/** As format_type() spells it with an empty search path: a user's type with its schema. */
export function columnType(state: State, sql: string): string {
  const type = parseTypeName(sql)
  if (type.builtIn) return formatTypeName(type)
  return formatTypeName({ ...type, base: formatRelation(resolveType(state, userTypeName(type))) })
}

/**
 * A collation as catalogs keep it, without quotes and without pg_catalog; null for the type's own. One of the user's that
 * is written without its schema stays so: a replay cannot tell it from PostgreSQL's.
 */
export function collationName(sql: string | null): string | null {
  if (sql === null) return null
  const { schema, name } = splitName(sql)
  if (name === 'default' && (schema === null || schema === 'pg_catalog')) return null
  return schema === null || schema === 'pg_catalog' ? name : `${schema}.${name}`
}

export function columnTypeOf(catalog: Catalog, sql: string): string {
  return columnType(stateOf(catalog), sql)
}

/** CREATE TYPE and CREATE DOMAIN, in the words in which a database's reader describes them. */
export function withCreatedType(state: State, sql: string): State {
  const created = createdType(sql)
  if (created === null) return state
  const schema = created.name.schema ?? state.searchPath[0] ?? 'public'
  const identity = formatRelation({ schema, name: created.name.name })
  const kind = created.kind === 'domain' ? 'domain' : 'type'
  const definition = created.checked ? `${sql}${mark}` : sql
  const others = state.objects.filter((one) => !isType(one.kind) || one.identity !== identity)
  const newTypes = new Set([...state.newTypes, identity])
  const otherRelations = created.composite
    ? withName(state.otherRelations, keyOf({ schema, name: created.name.name }))
    : state.otherRelations
  return { ...state, newTypes, otherRelations, objects: [...others, { kind, identity, definition }] }
}

/** The user's own types: what a statement or a database has told of them, and how a catalog spells them. */
import { formatRelation, type RelationName } from '../postgres/relation-name.ts'
import { formatTypeName, parseTypeName, splitName, userTypeName } from '../postgres/type-name.ts'
import { createdType } from '../sql/statement-facts.ts'
import type { Catalog } from './catalog.ts'
import { isType, resolveType, stateOf, type State } from './state.ts'

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
  const definition = created.checked ? `${sql} constraint ` : sql
  const others = state.objects.filter((one) => !isType(one.kind) || one.identity !== identity)
  const newTypes = new Set([...state.newTypes, identity])
  return { ...state, newTypes, objects: [...others, { kind, identity, definition }] }
}

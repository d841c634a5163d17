import { quoteIdentifier } from './identifier.ts'

/** A relation or type as SQL names it. `schema` null: the author left it to the search path. */
export interface RelationName {
  readonly schema: string | null
  readonly name: string
}

/** A relation whose schema is settled. */
export interface QualifiedName {
  readonly schema: string
  readonly name: string
}

/**
 * The one spelling of a relation in effects, plans and reports: schema-qualified and quoted where SQL needs it, so it
 * can be compared as a string, read by a person, and handed to `to_regclass()`. Without a schema, only the name.
 */
export function formatRelation(relation: RelationName): string {
  const name = quoteIdentifier(relation.name)
  return relation.schema === null ? name : `${quoteIdentifier(relation.schema)}.${name}`
}

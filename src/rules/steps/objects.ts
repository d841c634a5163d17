/** The strings of `touches`: how a step names what it creates, reads, changes and drops, so that the planner can order. */
import type { Touches } from '../../model/plan.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'

export function tableObject(table: QualifiedName): string {
  return `table ${formatRelation(table)}`
}

export function viewObject(view: QualifiedName): string {
  return `view ${formatRelation(view)}`
}

export function columnObject(table: QualifiedName, column: string): string {
  return `column ${formatRelation(table)}.${quoteIdentifier(column)}`
}

export function columnObjects(table: QualifiedName, columns: readonly string[]): readonly string[] {
  return columns.map((column) => columnObject(table, column))
}

/** All columns of a table as they are at that moment: what `SELECT *` and LIKE take. */
export function columnsObject(table: QualifiedName): string {
  return `columns ${formatRelation(table)}`
}

/** A trigger, policy or rule of a table. */
export function partObject(kind: 'trigger' | 'policy' | 'rule', table: QualifiedName, name: string): string {
  return `${kind} ${formatRelation(table)}.${quoteIdentifier(name)}`
}

/** Whether row level security is on. */
export function securityObject(table: QualifiedName): string {
  return `security ${formatRelation(table)}`
}

/** A function or procedure, all its overloads. */
export function functionObject(routine: QualifiedName): string {
  return `function ${formatRelation(routine)}`
}

export function schemaObject(schema: string): string {
  return `schema ${quoteIdentifier(schema)}`
}

/** The privileges of one role on a relation. */
export function grantObject(relation: QualifiedName, role: string): string {
  return `grant ${formatRelation(relation)}.${quoteIdentifier(role)}`
}

/** Whatever goes by a name that a text mentions which nobody parses; a word as `wordsOf` gives it. */
export function namedObject(word: string): string {
  return `named ${word}`
}

/**
 * What a view over a column holds fast: that it is there, and of which type. https://www.postgresql.org/docs/current/ddl-depend.html
 */
export function viewedColumnObject(table: QualifiedName, column: string): string {
  return `viewed ${formatRelation(table)}.${quoteIdentifier(column)}`
}

/** Apart from its column: only an INSERT that leaves the column out, or another change of the default, meets it. */
export function defaultObject(table: QualifiedName, column: string): string {
  return `default ${formatRelation(table)}.${quoteIdentifier(column)}`
}

export function constraintObject(table: QualifiedName, constraint: string): string {
  return `constraint ${formatRelation(table)}.${quoteIdentifier(constraint)}`
}

export function indexObject(index: QualifiedName): string {
  return `index ${formatRelation(index)}`
}

export function sequenceObject(sequence: QualifiedName): string {
  return `sequence ${formatRelation(sequence)}`
}

/** A type shares its name space with tables, whose row types are types too. */
export function typeObject(type: QualifiedName): string {
  return `type ${formatRelation(type)}`
}

/** The rows of a table: what a validation reads and a backfill changes. */
export function rowsObject(table: QualifiedName): string {
  return `rows ${formatRelation(table)}`
}

/**
 * The values of columns in the rows of a table. Who changes the rows and names some changes these and no other; who names
 * none may change any, and bring and take rows.
 */
export function valuesObjects(table: QualifiedName, columns: readonly string[]): readonly string[] {
  return columns.map((column) => `values ${formatRelation(table)}.${quoteIdentifier(column)}`)
}

/** The comment on an object, apart from the object: only another comment on it meets it, or who carries it over. */
export function commentObject(object: string): string {
  return `comment ${object}`
}

/** What a statement changes of which nobody knows what else its text names: no step changes places with it. */
export const anyStatement = 'statement any'

/** Touches with the lists that are left out empty, each sorted and without repeats. */
export function touching(objects: { readonly [K in keyof Touches]?: readonly string[] }): Touches {
  const sorted = (list: readonly string[] = []) => [...new Set(list)].sort()
  return {
    creates: sorted(objects.creates),
    reads: sorted(objects.reads),
    changes: sorted(objects.changes),
    drops: sorted(objects.drops),
  }
}

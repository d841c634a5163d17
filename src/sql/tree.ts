/** What the rest of `sql/` asks of parse trees: names, and walks. */
import type { Node, RangeVar } from '@pgsql/types'
import type { RelationName } from '../postgres/relation-name.ts'

/** `CreateStmt`, `ColumnRef`, …: the names of the parser's nodes. */
export type NodeKind = Node extends infer N ? (N extends unknown ? keyof N : never) : never

/** The name of a node, one of `NodeKind`; of a later grammar, maybe another. */
export function kindOf(node: Node): string {
  return Object.keys(node)[0] ?? ''
}

/** The texts of a list of String nodes; others are left out. */
export function stringsOf(nodes: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(nodes) ? nodes : []
  return list.flatMap((node) => {
    if (!isObject(node) || !isObject(node['String'])) return []
    const { sval } = node['String']
    return typeof sval === 'string' ? [sval] : ['']
  })
}

export function relationOf(range: RangeVar | undefined): RelationName {
  return { schema: range?.schemaname ?? null, name: range?.relname ?? '' }
}

/** A relation written as a list of names: `[schema, name]`, `[name]`; a database in front is left out. */
export function relationOfNames(names: readonly string[]): RelationName {
  return { schema: names.at(-2) ?? null, name: names.at(-1) ?? '' }
}

/** The name lists of DROP and COMMENT: a List of Strings, or one String. */
export function namesOf(object: Node | undefined): string[] {
  if (object === undefined) return []
  if ('List' in object) return stringsOf(object.List.items)
  return stringsOf([object])
}

export function uniqueRelations(relations: readonly RelationName[]): RelationName[] {
  const seen = new Map<string, RelationName>()
  for (const relation of relations) seen.set(JSON.stringify([relation.schema, relation.name]), relation)
  return [...seen.values()]
}

type JsonObject = { readonly [key: string]: unknown }

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Calls `visit` with every object below `root`, under the name it stands by (a node's kind, or a field). */
export function walk(root: unknown, visit: (name: string, object: JsonObject) => void): void {
  if (Array.isArray(root)) {
    for (const item of root) walk(item, visit)
  } else if (isObject(root)) {
    for (const name in root) {
      const value = root[name]
      if (isObject(value)) visit(name, value)
      walk(value, visit)
    }
  }
}

/**
 * Every relation that a tree names, in order and once each. Names of a WITH are no relations where they are in scope:
 * in `WITH t AS (SELECT … FROM t)` the inner `t` is the real one, unless RECURSIVE.
 */
export function relationsIn(root: unknown): RelationName[] {
  const found: RelationName[] = []
  collectRelations(root, new Set(), found)
  return uniqueRelations(found)
}

function collectRelations(value: unknown, hidden: ReadonlySet<string>, found: RelationName[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collectRelations(item, hidden, found)
    return
  }
  if (!isObject(value)) return
  if (typeof value['relname'] === 'string') {
    const relation = relationOf(value)
    if (relation.schema !== null || !hidden.has(relation.name)) found.push(relation)
    return
  }
  const inScope = isObject(value['withClause']) ? collectFromWith(value['withClause'], hidden, found) : hidden
  for (const name in value) {
    if (name !== 'withClause') collectRelations(value[name], inScope, found)
  }
}

/** Returns the names that are hidden behind it in the statement that has this WITH. */
function collectFromWith(
  clause: JsonObject,
  hidden: ReadonlySet<string>,
  found: RelationName[],
): Set<string> {
  const expressions = (Array.isArray(clause['ctes']) ? clause['ctes'] : [])
    .map((cte: unknown) => (isObject(cte) ? cte['CommonTableExpr'] : null))
    .filter(isObject)
  const inScope = new Set(hidden)
  if (clause['recursive'] === true) for (const { ctename } of expressions) inScope.add(String(ctename))
  for (const expression of expressions) {
    collectRelations(expression['ctequery'], new Set(inScope), found)
    inScope.add(String(expression['ctename']))
  }
  return inScope
}

/** Is there an INSERT, UPDATE, DELETE or MERGE in a WITH of this statement? */
export function writesInWith(root: unknown): boolean {
  let writes = false
  walk(root, (name, object) => {
    if (name !== 'CommonTableExpr' || !isObject(object['ctequery'])) return
    const kind = Object.keys(object['ctequery'])[0] ?? ''
    if (['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'].includes(kind)) writes = true
  })
  return writes
}

/** Equal but for where things stand in their texts. */
export function isSameTree(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false
    return one.every((item, index) => isSameTree(item, other[index]))
  }
  if (!isObject(one) || !isObject(other)) return one === other
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => isPlace(name) || isSameTree(one[name], other[name]))
}

function isPlace(name: string): boolean {
  return name.endsWith('location') || name.endsWith('list_start') || name.endsWith('list_end')
}

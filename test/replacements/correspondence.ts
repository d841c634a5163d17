/**
 * Which table and column of the base is which of the end: what connects the names that two applications use for one
 * thing. It follows the author's statements in their order, and never looks at a plan.
 */
import type { CatalogSnapshot, ColumnSnapshot, TableSnapshot } from '../../src/model/catalog.ts'
import type { Action } from '../../src/model/statement.ts'
import { formatRelation, type RelationName } from '../../src/postgres/relation-name.ts'

/** Null: the one application does not know it. */
export interface ColumnPair {
  readonly base: ColumnSnapshot | null
  readonly end: ColumnSnapshot | null
}

export interface TablePair {
  readonly base: TableSnapshot | null
  readonly end: TableSnapshot | null
  readonly columns: readonly ColumnPair[]
}

/** Where a table of the base, and each of its columns, has gone so far; by the name it has now. */
interface Trail {
  readonly table: TableSnapshot
  schema: string
  name: string
  readonly columns: Map<string, ColumnSnapshot>
}

export function correspond(
  base: CatalogSnapshot,
  end: CatalogSnapshot,
  actions: readonly Action[],
): readonly TablePair[] {
  const trails: Trail[] = base.tables.map((table) => ({
    table,
    schema: table.schema,
    name: table.name,
    columns: new Map(table.columns.map((column) => [column.name, column])),
  }))
  const gone: TableSnapshot[] = []
  const find = ({ schema, name }: RelationName): Trail | undefined => {
    const schemas = schema === null ? base.searchPath : [schema]
    return schemas.flatMap(
      (one) => trails.find((trail) => trail.schema === one && trail.name === name) ?? [],
    )[0]
  }
  for (const action of actions) {
    const trail = 'table' in action ? find(action.table) : undefined
    if (trail !== undefined && follow(action, trail) === 'gone') {
      gone.push(trail.table)
      trails.splice(trails.indexOf(trail), 1)
    }
  }
  const pairs = trails.map((trail) => pairOf(trail, end))
  const known = new Set(pairs.map((pair) => pair.end))
  return [
    ...pairs,
    ...gone.map((table) => ({ base: table, end: null, columns: onlyBase(table) })),
    ...end.tables
      .filter((table) => !known.has(table))
      .map((table) => ({
        base: null,
        end: table,
        columns: table.columns.map((column) => ({ base: null, end: column })),
      })),
  ]
}

function follow(action: Action, trail: Trail): 'here' | 'gone' {
  if (action.kind === 'drop-table') return 'gone'
  if (action.kind === 'rename-table') trail.name = action.to
  if (action.kind === 'set-schema') trail.schema = action.to
  if (action.kind === 'drop-column') trail.columns.delete(action.column)
  if (action.kind === 'rename-column') {
    const column = trail.columns.get(action.column)
    trail.columns.delete(action.column)
    if (column !== undefined) trail.columns.set(action.to, column)
  }
  return 'here'
}

function pairOf({ table, schema, name, columns }: Trail, end: CatalogSnapshot): TablePair {
  const now = end.tables.find((one) => formatRelation(one) === formatRelation({ schema, name })) ?? null
  if (now === null) return { base: table, end: null, columns: onlyBase(table) }
  const paired = now.columns.map((column) => ({ base: columns.get(column.name) ?? null, end: column }))
  const kept = new Set(paired.map(({ base }) => base))
  return {
    base: table,
    end: now,
    columns: [
      ...paired,
      ...table.columns.filter((column) => !kept.has(column)).map((column) => ({ base: column, end: null })),
    ],
  }
}

function onlyBase(table: TableSnapshot): readonly ColumnPair[] {
  return table.columns.map((column) => ({ base: column, end: null }))
}

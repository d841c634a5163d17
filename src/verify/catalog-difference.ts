/**
 * Two catalogs, compared by name: the physical order of columns is told apart from every other difference, because an
 * expand step cannot put a column anywhere but at the end.
 */
import type {
  CatalogSnapshot,
  ColumnSnapshot,
  ConstraintSnapshot,
  IndexSnapshot,
  TableSnapshot,
} from '../model/catalog.ts'
import type { CatalogDifference } from '../model/proof.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'

export interface ColumnOrderDifference {
  readonly table: string
  readonly expected: readonly string[]
  readonly actual: readonly string[]
}

export interface CatalogComparison {
  readonly differences: readonly CatalogDifference[]
  /** Tables whose columns are the same but stand in another order. */
  readonly columnOrder: readonly ColumnOrderDifference[]
}

/** Sorted by object. The planner's row estimate and the snapshot's origin are no part of a catalog. */
export function compareCatalogs(expected: CatalogSnapshot, actual: CatalogSnapshot): CatalogComparison {
  const differences = [
    ...compareEntries(contextEntries(expected), contextEntries(actual)),
    ...compareTables(expected.tables, actual.tables),
    ...compareEntries(objectEntries(expected), objectEntries(actual)),
  ]
  return {
    differences: differences.sort((one, other) => compareText(one.object, other.object)),
    columnOrder: columnOrderDifferences(expected.tables, actual.tables),
  }
}

/** What stands under one name: `value` decides equality, `text` is shown. */
interface Entry {
  readonly object: string
  readonly value: unknown
  readonly text: string
}

function compareEntries(expected: readonly Entry[], actual: readonly Entry[]): CatalogDifference[] {
  const actualByObject = new Map(actual.map((entry) => [entry.object, entry]))
  const expectedObjects = new Set(expected.map((entry) => entry.object))
  const differences: CatalogDifference[] = []
  for (const entry of expected) {
    const other = actualByObject.get(entry.object)
    const difference = other === undefined ? missing(entry) : changed(entry, other)
    if (difference !== null) differences.push(difference)
  }
  const unexpected = actual.filter((entry) => !expectedObjects.has(entry.object))
  return [
    ...differences,
    ...unexpected.map((entry) => ({
      kind: 'unexpected' as const,
      object: entry.object,
      expected: null,
      actual: entry.text,
    })),
  ]
}

function missing(entry: Entry): CatalogDifference {
  return { kind: 'missing', object: entry.object, expected: entry.text, actual: null }
}

function changed(expected: Entry, actual: Entry): CatalogDifference | null {
  const values = [JSON.stringify(expected.value), JSON.stringify(actual.value)] as const
  if (values[0] === values[1]) return null
  // Two values may read alike, as a default that ends in NOT NULL does: then only the raw form tells them apart.
  const texts = expected.text === actual.text ? values : ([expected.text, actual.text] as const)
  return { kind: 'changed', object: expected.object, expected: texts[0], actual: texts[1] }
}

/** Pieces of a table are compared only where both sides have the table: a table that is missing is one difference. */
function compareTables(
  expected: readonly TableSnapshot[],
  actual: readonly TableSnapshot[],
): CatalogDifference[] {
  const actualByName = new Map(actual.map((table) => [formatRelation(table), table]))
  const pairs = expected.flatMap((table) => {
    const other = actualByName.get(formatRelation(table))
    return other === undefined ? [] : [[table, other] as const]
  })
  return [
    ...compareEntries(expected.map(tableEntry), actual.map(tableEntry)),
    ...pairs.flatMap(([one, other]) => compareEntries(pieceEntries(one), pieceEntries(other))),
  ]
}

function contextEntries(snapshot: CatalogSnapshot): Entry[] {
  const path = snapshot.searchPath.map(quoteIdentifier).join(', ')
  return [{ object: 'search path', value: snapshot.searchPath, text: path }]
}

function tableEntry(table: TableSnapshot): Entry {
  const partition = table.partitionOf === null ? '' : ` partition of ${formatRelation(table.partitionOf)}`
  const triggers = table.triggers
    .map(({ name, events }) => `${quoteIdentifier(name)} on ${events.join(' or ')}`)
    .sort()
  const fired = triggers.length === 0 ? '' : `, triggers ${triggers.join(', ')}`
  return {
    object: `table ${formatRelation(table)}`,
    value: [table.kind, table.partitionOf?.schema, table.partitionOf?.name, triggers],
    text: `${table.kind}${partition}${fired}`,
  }
}

function pieceEntries(table: TableSnapshot): Entry[] {
  const relation = formatRelation(table)
  return [
    ...table.columns.map((column) => columnEntry(relation, column)),
    ...table.constraints.map((constraint) => constraintEntry(relation, constraint)),
    ...table.indexes.map((index) => indexEntry(table.schema, relation, index)),
  ]
}

function columnEntry(relation: string, column: ColumnSnapshot): Entry {
  const { type, notNull, default: initial, identity, generated, collation } = column
  const words = [
    type,
    collation === null ? '' : `COLLATE ${quoteIdentifier(collation)}`,
    initial === null ? '' : `DEFAULT ${initial}`,
    generated === null ? '' : `GENERATED ALWAYS AS (${generated}) STORED`,
    identity === null ? '' : `GENERATED ${identity === 'always' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`,
    notNull ? 'NOT NULL' : '',
  ]
  return {
    object: `column ${relation}.${quoteIdentifier(column.name)}`,
    value: [type, notNull, initial, identity, generated, collation],
    text: words.filter((word) => word !== '').join(' '),
  }
}

function constraintEntry(relation: string, constraint: ConstraintSnapshot): Entry {
  const { kind, columns, definition, validated, references, index } = constraint
  // pg_get_constraintdef() says NOT VALID itself; a replay does not.
  const invalid = validated || definition.endsWith('NOT VALID') ? '' : ' NOT VALID'
  const target = references === null ? null : [references.schema, references.name, references.columns]
  return {
    object: `constraint ${relation}.${quoteIdentifier(constraint.name)}`,
    value: [kind, columns, definition, validated, target, index],
    text: `${definition}${invalid}`,
  }
}

function indexEntry(schema: string, relation: string, index: IndexSnapshot): Entry {
  const { unique, valid, method, columns, include, partial, definition } = index
  return {
    object: `index ${formatRelation({ schema, name: index.name })}`,
    value: [relation, unique, valid, method, columns, include, partial, definition],
    text: valid ? definition : `${definition} (INVALID)`,
  }
}

function objectEntries(snapshot: CatalogSnapshot): Entry[] {
  return snapshot.objects.map(({ kind, identity, definition }) => ({
    object: `${kind} ${identity}`,
    value: definition,
    text: definition,
  }))
}

function columnOrderDifferences(
  expected: readonly TableSnapshot[],
  actual: readonly TableSnapshot[],
): ColumnOrderDifference[] {
  const actualByName = new Map(actual.map((table) => [formatRelation(table), table]))
  return expected.flatMap((table) => {
    const relation = formatRelation(table)
    const other = actualByName.get(relation)
    if (other === undefined) return []
    const order = { expected: sharedColumns(table, other), actual: sharedColumns(other, table) }
    return JSON.stringify(order.expected) === JSON.stringify(order.actual)
      ? []
      : [{ table: relation, ...order }]
  })
}

function sharedColumns(table: TableSnapshot, other: TableSnapshot): string[] {
  const names = new Set(other.columns.map((column) => column.name))
  return table.columns.map((column) => column.name).filter((name) => names.has(name))
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}

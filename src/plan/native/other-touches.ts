/**
 * What statements without an action of their own touch. As exact as their text allows: whoever is left with
 * `anyStatement` changes places with nobody, and may cost a release a gate.
 */
import type { Catalog } from '../../catalog/catalog.ts'
import { queryOfView, standingObject } from '../../catalog/dependents.ts'
import { routinesNamed } from '../../catalog/routines.ts'
import type { Touches } from '../../model/plan.ts'
import type { ActionOf } from '../../model/statement.ts'
import { formatRelation, type QualifiedName, type RelationName } from '../../postgres/relation-name.ts'
import { wordsOf } from '../../postgres/words.ts'
import {
  anyStatement,
  columnObject,
  columnObjects,
  columnsObject,
  functionObject,
  grantObject,
  namedObject,
  partObject,
  rowsObject,
  schemaObject,
  sequenceObject,
  tableObject,
  touching,
  typeObject,
  viewedColumnObject,
} from '../../rules/steps/objects.ts'
import {
  droppedObjectsOf,
  grantedBy,
  isCascading,
  madeObject,
  namedInText,
  type DroppedObject,
  type MadeObject,
} from '../../sql/named-objects.ts'
import { createdTrigger, isRowTrigger } from '../../sql/statement-facts.ts'

/** Null: what it touches cannot be told from its text. */
export function otherTouches(action: ActionOf<'other'>, catalog: Catalog): Touches {
  return (
    madeTouches(action.sql, catalog) ??
    droppedTouches(action.sql, catalog) ??
    grantTouches(action.sql, catalog) ??
    textTouches(action, catalog)
  )
}

function madeTouches(sql: string, catalog: Catalog): Touches | null {
  const made = madeObject(sql)
  const reads = made === null ? null : readBy(made, sql, catalog)
  if (made === null || reads === null) return null
  const objects = objectsOf(made, sql, catalog)
  if (!isThere(made, catalog)) return touching({ creates: objects, reads })
  // The application reads it at this moment, and must not find it empty where the release fills what it shows.
  return touching({ changes: objects, reads: [...reads, ...rowsShown(made, sql, catalog)] })
}

/** The rows that a view shows; of what it is not known to show any, none. */
export function rowsShown(made: MadeObject, sql: string, catalog: Catalog): readonly string[] {
  if (made.kind !== 'view') return []
  const own = rowsObject(catalog.resolve(made.name))
  const shown = (namedInText(sql)?.relations ?? []).map((one) => rowsObject(catalog.resolve(one)))
  return shown.filter((rows) => rows !== own)
}

/** The object itself, and its copies on partitions. */
function objectsOf(made: MadeObject, sql: string, catalog: Catalog): readonly string[] {
  if (made.kind !== 'trigger') return [objectOf(made, catalog)]
  const table = catalog.resolve(made.on)
  const copies = isRowTrigger(sql) ? catalog.partitionsOf(made.on) : []
  return [table, ...copies].map((one) => partObject('trigger', one, made.name.name))
}

/** How it is spelled as what is made or taken away. Views share the name space of tables. */
export function objectOf(
  object: {
    readonly kind: MadeObject['kind']
    readonly name: RelationName
    readonly on?: RelationName | null
  },
  catalog: Catalog,
): string {
  const { kind, name, on = null } = object
  switch (kind) {
    case 'view':
    case 'materialized-view':
      return tableObject(placed(name, catalog))
    case 'sequence':
      return sequenceObject(placed(name, catalog))
    case 'function':
      return functionObject(placed(name, catalog))
    case 'type':
      return typeObject(placed(name, catalog))
    case 'schema':
      return schemaObject(name.name)
    case 'trigger':
    case 'policy':
    case 'rule':
      return partObject(kind, catalog.resolve(on ?? name), name.name)
  }
}

function placed(name: RelationName, catalog: Catalog): QualifiedName {
  return catalog.resolve(name)
}

function isThere(made: MadeObject, catalog: Catalog): boolean {
  if (!made.replaces) return false
  switch (made.kind) {
    case 'view':
    case 'materialized-view':
      return catalog.table(made.name) !== 'absent'
    case 'function':
      // One that nobody has told of may be there all the same.
      return (
        !catalog.complete || routinesNamed(catalog, formatRelation(placed(made.name, catalog))).length > 0
      )
    case 'trigger':
    case 'policy':
    case 'rule':
      return !catalog.complete || standingObject(catalog, made.kind, made.name.name, made.on) !== null
    case 'sequence':
      return false
  }
}

/** Null: its text does not say. */
function readBy(made: MadeObject, sql: string, catalog: Catalog): readonly string[] | null {
  switch (made.kind) {
    case 'view':
      return queryReads(sql, made.name, catalog)
    case 'materialized-view': {
      const reads = queryReads(sql, made.name, catalog)
      const relations = namedInText(sql)?.relations ?? []
      return reads === null ? null : [...reads, ...relations.map((one) => rowsObject(catalog.resolve(one)))]
    }
    case 'policy':
      return queryReads(sql, null, catalog)
    case 'rule':
      return queryReads(sql, null, catalog)
    case 'trigger': {
      const table = catalog.resolve(made.on)
      return [tableObject(table), ...columnObjects(table, createdTrigger(sql)?.columns ?? [])]
    }
    case 'function':
      return [...wordsOf(sql)].map(namedObject)
    case 'sequence':
      return (namedInText(sql)?.relations ?? [])
        .filter(({ name }) => name !== made.name.name)
        .map((one) => tableObject(catalog.resolve(one)))
    case 'type':
    case 'schema':
      return []
  }
}

/**
 * The relations of a query and every column that it may name in each of them, there or not: a column that comes may be
 * what it means, or what makes the name ambiguous.
 */
function queryReads(sql: string, own: RelationName | null, catalog: Catalog): readonly string[] | null {
  const named = namedInText(sql)
  if (named === null) return null
  const isOwn = ({ schema, name }: RelationName) => own?.name === name && own.schema === schema
  const names = [...named.columns]
  return [
    ...named.relations
      .filter((one) => !isOwn(one))
      .flatMap((one) => {
        const relation = catalog.resolve(one)
        return [
          tableObject(relation),
          ...(named.allColumns ? [columnsObject(relation)] : []),
          ...columnObjects(relation, names),
          ...viewedIn(relation, named.allColumns ? null : named.columns, catalog),
        ]
      }),
    ...[...named.words].map(namedObject),
  ]
}

/** The known columns, of those that are named; `names` null: all. */
function viewedIn(
  relation: QualifiedName,
  names: ReadonlySet<string> | null,
  catalog: Catalog,
): readonly string[] {
  const table = catalog.table(relation)
  if (typeof table === 'string') return []
  return table.columns
    .filter(({ name }) => names?.has(name) ?? true)
    .map(({ name }) => viewedColumnObject(relation, name))
}

function droppedTouches(sql: string, catalog: Catalog): Touches | null {
  const dropped = droppedObjectsOf(sql)
  if (dropped.length === 0 || isCascading(sql)) return null
  const reads = dropped.map((one) => holdsFast(one, catalog))
  return reads.some((one) => one === null)
    ? null
    : touching({
        drops: dropped.flatMap((one) => droppedParts(one, catalog)),
        reads: reads.flatMap((one) => one ?? []),
      })
}

function droppedParts(dropped: DroppedObject, catalog: Catalog): readonly string[] {
  if (dropped.kind !== 'trigger' || dropped.on === null) return [objectOf(dropped, catalog)]
  const tables = [catalog.resolve(dropped.on), ...catalog.partitionsOf(dropped.on)]
  return tables.map((one) => partObject('trigger', one, dropped.name.name))
}

/** What cannot go, or get another type, before it; null: nobody knows. */
function holdsFast(dropped: DroppedObject, catalog: Catalog): readonly string[] | null {
  switch (dropped.kind) {
    case 'view':
    case 'materialized-view': {
      if (catalog.table(dropped.name) === 'absent') return []
      const query = queryOfView(catalog, dropped.name)
      return query === null ? null : queryReads(query, dropped.name, catalog)
    }
    case 'trigger':
    case 'policy':
    case 'rule': {
      const table = catalog.resolve(dropped.on ?? dropped.name)
      const kept = standingObject(catalog, dropped.kind, dropped.name.name, table)
      const words = kept === null ? null : wordsOf(kept)
      const known = catalog.table(table)
      const columns = typeof known === 'string' ? [] : known.columns.map(({ name }) => name)
      const met = columns.filter(
        (column) => words === null || [...wordsOf(column)].every((word) => words.has(word)),
      )
      return [
        tableObject(table),
        ...met.flatMap((column) => [columnObject(table, column), viewedColumnObject(table, column)]),
      ]
    }
    case 'function':
    case 'type':
    case 'sequence':
    case 'schema':
      return []
  }
}

function grantTouches(sql: string, catalog: Catalog): Touches | null {
  const granted = grantedBy(sql)
  if (granted === null || granted.inSchema) return null
  const relations = granted.relations.map((one) => catalog.resolve(one))
  if (relations.length === 0) return touching({ changes: ['statement grant'] })
  return touching({
    reads: relations.flatMap((one) => [tableObject(one), ...columnObjects(one, granted.columns)]),
    changes: relations.flatMap((one) => granted.roles.map((role) => grantObject(one, role))),
  })
}

/** What else the text names is not known, nor what later statements say of what it makes. */
function textTouches({ tag, relations }: ActionOf<'other'>, catalog: Catalog): Touches {
  const names = relations.map((relation) => catalog.resolve(relation))
  const columns = relations.flatMap((relation) => {
    const table = catalog.table(relation)
    return typeof table === 'string'
      ? []
      : columnObjects(
          table,
          table.columns.map(({ name }) => name),
        )
  })
  if (tag === 'CREATE STATISTICS') {
    return touching({ reads: [...names.map(tableObject), ...columns], changes: ['statement other'] })
  }
  return touching({
    reads: [...names.map(tableObject), ...columns],
    changes: [anyStatement, ...names.map(tableObject)],
  })
}

import type { Catalog } from '../../catalog/catalog.ts'
import { queryOfView } from '../../catalog/dependents.ts'
import type { Switches, Touches } from '../../model/plan.ts'
import type { ActionOf } from '../../model/statement.ts'
import type { RelationName } from '../../postgres/relation-name.ts'
import { tableObject } from '../../rules/steps/objects.ts'
import { droppedObjectsOf, grantedBy, madeObject, type MadeKind } from '../../sql/named-objects.ts'
import { shownWhole, viewFacts } from '../../sql/object-facts.ts'
import { rowsShown } from './other-touches.ts'

/** What may be dropped and made again, and would be missed meanwhile. A type or a sequence never goes while it is used. */
const missed: readonly MadeKind[] = ['view', 'materialized-view', 'function', 'trigger', 'policy', 'rule']

/** See `Switches`; null: it has no part in any. */
export function switchesOf(
  { sql, tag, relations }: ActionOf<'other'>,
  { creates, changes, drops }: Touches,
  catalog: Catalog,
): Switches | null {
  const made = madeObject(sql)
  if (made !== null) {
    if (!missed.includes(made.kind)) return null
    const makes = [...creates, ...changes].filter(isNoText)
    if (made.kind !== 'view') return { drops: [], makes }
    const shown = shownColumns(sql, catalog)
    const rows = rowsShown(made, sql, catalog)
    return { drops: [], makes, shows: Object.fromEntries(makes.map((view) => [view, shown])), rows }
  }
  const dropped = droppedObjectsOf(sql).filter(({ kind }) => missed.includes(kind))
  if (dropped.length > 0) {
    const views = dropped.filter(({ kind }) => kind === 'view')
    const shows = views.map(
      ({ name }) => [tableObject(catalog.resolve(name)), columnsOf(name, catalog)] as const,
    )
    return { drops, makes: [], shows: Object.fromEntries(shows) }
  }
  const isOfRelations = grantedBy(sql) !== null || tag === 'ALTER VIEW'
  if (!isOfRelations || relations.length === 0) return null
  return { drops: [], makes: [], belongsTo: relations.map((one) => tableObject(catalog.resolve(one))) }
}

function isNoText(object: string): boolean {
  return !object.startsWith('statement ')
}

function columnsOf(view: RelationName, catalog: Catalog): readonly string[] | null {
  const query = queryOfView(catalog, view)
  return query === null ? null : shownColumns(query, catalog)
}

/** Null: its query does not say. */
function shownColumns(sql: string, catalog: Catalog): readonly string[] | null {
  const relation = shownWhole(sql)
  const table = relation === null ? 'unknown' : catalog.table(relation)
  if (typeof table === 'object' && table.columns.length > 0) return table.columns.map(({ name }) => name)
  return viewFacts(sql)?.columns ?? null
}

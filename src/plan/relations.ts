import type { Catalog } from '../catalog/catalog.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import type { Draft } from './draft.ts'
import { lastDot, tablesOf } from './touches.ts'

/** The tables that the steps meet, but for those that the catalog before the plan knows not to exist. */
export function relationsOf(drafts: readonly Draft[], before: Catalog): readonly string[] {
  const met = new Set(drafts.flatMap(({ touches }) => tablesOf(touches)))
  return [...met].filter((table) => before.table(relationOf(table)) !== 'absent').sort()
}

/** What `formatRelation` made of it, taken apart again. */
function relationOf(spelled: string): RelationName {
  const dot = lastDot(spelled)
  if (dot === spelled.length) return { schema: null, name: unquoted(spelled) }
  return { schema: unquoted(spelled.slice(0, dot)), name: unquoted(spelled.slice(dot + 1)) }
}

function unquoted(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier
}

/** Tables whose columns are added in another order than the author's, in words for `Plan.differences`. */
export function columnOrderDifferences(
  source: readonly Draft[],
  placed: readonly Draft[],
): readonly string[] {
  const before = columnsAdded(source)
  const after = columnsAdded(placed)
  return [...before.keys()].sort().flatMap((table) => {
    const [wanted, got] = [before.get(table) ?? [], after.get(table) ?? []]
    return wanted.join('\n') === got.join('\n')
      ? []
      : [`the columns added to ${table} stand in another order: ${got.join(', ')}`]
  })
}

function columnsAdded(drafts: readonly Draft[]): ReadonlyMap<string, readonly string[]> {
  const columns = new Map<string, string[]>()
  for (const { touches } of drafts) {
    for (const object of touches.creates) {
      if (!object.startsWith('column ')) continue
      const name = object.slice('column '.length)
      const table = name.slice(0, lastDot(name))
      columns.set(table, [...(columns.get(table) ?? []), name.slice(table.length + 1)])
    }
  }
  return columns
}

import { sourcesOf } from '../catalog/dependents.ts'
import type { LockMode } from '../postgres/lock-mode.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { heapsOf, lockFamily, tableOf, type Setting } from './relatives.ts'

/** A query on a relation: on its partitions and heirs too, and through a view on what that reads. */
export function readTable(
  table: RelationName,
  { scans }: { readonly scans: boolean },
  setting: Setting,
): void {
  reach(table, 'AccessShare', setting, (heap) => {
    if (scans) setting.draft.scan(heap)
  })
}

/** Rows that are written by way of it, as many as match. */
export function reach(
  table: RelationName,
  mode: LockMode,
  setting: Setting,
  visit: (heap: RelationName) => void,
): void {
  const { catalog, draft } = setting
  lockFamily(setting, table, mode)
  // A sequence has one row.
  if (catalog.table(table) === 'absent') return
  if (tableOf(catalog, table)?.kind !== 'view') {
    for (const heap of heapsOf(catalog, table)) visit(heap)
    return
  }
  const sources = sourcesOf(catalog, table)
  if (sources === null) {
    draft.unknown(`which tables ${draft.nameOf(table)} reads`)
    return visit(table)
  }
  for (const source of sources) reach(source, mode, setting, visit)
}

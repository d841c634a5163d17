/** Whom an action on one table reaches beside it: partitions, and the other side of foreign keys. */
import type { Catalog } from '../catalog/catalog.ts'
import { defaultPartitionOf } from '../catalog/state.ts'
import type { ConstraintSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { LockMode } from '../postgres/lock-mode.ts'
import type { QualifiedName, RelationName } from '../postgres/relation-name.ts'
import type { Draft } from './draft.ts'

/** All that the families of actions need. */
export interface Setting {
  readonly catalog: Catalog
  readonly draft: Draft
  readonly serverVersion: { readonly min: number; readonly max: number }
}

export function tableOf(catalog: Catalog, table: RelationName): TableSnapshot | null {
  const found = catalog.table(table)
  return typeof found === 'string' ? null : found
}

/** The table and its partitions. */
export function familyOf(catalog: Catalog, table: RelationName): readonly RelationName[] {
  return [catalog.resolve(table), ...catalog.partitionsOf(table)]
}

/** The relations of the family that hold rows. */
export function heapsOf(catalog: Catalog, table: RelationName): readonly RelationName[] {
  const isParent = tableOf(catalog, table)?.kind === 'partitioned-table'
  const partitions = catalog.partitionsOf(table).filter(({ kind }) => kind === 'table')
  return isParent ? partitions : [catalog.resolve(table), ...partitions]
}

export function lockFamily({ catalog, draft }: Setting, table: RelationName, mode: LockMode): void {
  for (const one of familyOf(catalog, table)) draft.lock(one, mode)
}

/** Foreign keys of the table itself, known or not; says so where the table is not known. */
export function ownForeignKeys(
  { catalog, draft }: Setting,
  table: RelationName,
): readonly (ConstraintSnapshot & { readonly references: QualifiedName })[] {
  const known = tableOf(catalog, table)
  if (known === null && catalog.table(table) === 'unknown') {
    draft.unknown(`which tables the foreign keys of ${draft.nameOf(table)} refer to, and which refer to it`)
  }
  return (known?.constraints ?? []).flatMap((one) =>
    one.references === null ? [] : [{ ...one, references: one.references }],
  )
}

/** `a`, `b` of one table hold one another's place, in any order. */
export function isSubset(columns: readonly string[], of: readonly string[]): boolean {
  return columns.every((column) => of.includes(column))
}

export function isSameRelation(one: QualifiedName, other: QualifiedName): boolean {
  return one.schema === other.schema && one.name === other.name
}

/**
 * A change of the partitions of a table locks its default partition, and with `reads` looks through it for rows that
 * belong elsewhere now, unless a CHECK on it says that there are none.
 */
export function lockDefaultPartition(
  { catalog, draft }: Setting,
  parent: RelationName,
  { reads }: { readonly reads: boolean },
): void {
  const found = defaultPartitionOf(catalog, parent)
  if (found === 'none') return
  if (found === 'unknown') return draft.unknown(`whether ${draft.nameOf(parent)} has a default partition`)
  draft.lock(found, 'AccessExclusive')
  if (reads) for (const heap of heapsOf(catalog, found)) draft.scan(heap)
}

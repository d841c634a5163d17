/** Whom an action on one table reaches beside it: partitions, and the other side of foreign keys. */
import type { Catalog } from '../catalog/catalog.ts'
import { sequencesOf } from '../catalog/sequences.ts'
import { defaultPartitionOf } from '../catalog/state.ts'
import type { ConstraintSnapshot, TableSnapshot } from '../model/catalog.ts'
import type { Effect } from '../model/effect.ts'
import type { Action } from '../model/statement.ts'
import type { LockMode } from '../postgres/lock-mode.ts'
import type { QualifiedName, RelationName } from '../postgres/relation-name.ts'
import type { Draft } from './draft.ts'

/** All that the families of actions need. */
export interface Setting {
  readonly catalog: Catalog
  readonly draft: Draft
  readonly serverVersion: { readonly min: number; readonly max: number }
  /** Functions and blocks whose bodies are being gone through, outermost first. */
  readonly within: readonly string[]
  /** The effect of an action that this one runs, in the catalog that it meets. */
  effectOf(this: void, action: Action, catalog: Catalog, within: readonly string[]): Effect
}

export function tableOf(catalog: Catalog, table: RelationName): TableSnapshot | null {
  const found = catalog.table(table)
  return typeof found === 'string' ? null : found
}

/** The table, its partitions and its heirs. */
export function familyOf(catalog: Catalog, table: RelationName): readonly RelationName[] {
  return [catalog.resolve(table), ...catalog.partitionsOf(table), ...catalog.heirsOf(table)]
}

/** The relations of the family that hold rows. */
export function heapsOf(catalog: Catalog, table: RelationName): readonly RelationName[] {
  const isParent = tableOf(catalog, table)?.kind === 'partitioned-table'
  const partitions = catalog.partitionsOf(table).filter(({ kind }) => kind === 'table')
  return isParent ? partitions : [catalog.resolve(table), ...partitions, ...catalog.heirsOf(table)]
}

export function lockFamily({ catalog, draft }: Setting, table: RelationName, mode: LockMode): void {
  for (const one of familyOf(catalog, table)) draft.lock(one, mode)
}

/**
 * AccessExclusive on the other side of a foreign key that goes or is made anew, and on its partitions: each has triggers of
 * the key's own. 14 does not reach the partitioned tables among them. Measured.
 */
export function lockReferenced(setting: Setting, table: RelationName, parents: LockMode | null): void {
  const { catalog, draft, serverVersion } = setting
  for (const one of familyOf(catalog, table)) {
    const isParent = tableOf(catalog, one)?.kind === 'partitioned-table'
    if (!isParent || serverVersion.max >= 15) draft.lock(one, 'AccessExclusive')
    else if (parents !== null) draft.lock(one, parents)
  }
}

/** The table itself and the partitioned tables that it is a part of. */
export function lineOf(catalog: Catalog, table: RelationName): readonly RelationName[] {
  const parent = tableOf(catalog, table)?.partitionOf ?? null
  return [catalog.resolve(table), ...(parent === null ? [] : lineOf(catalog, parent))]
}

/** Tables that refer to a table or to one that it is a part of. */
export function referencingOf(catalog: Catalog, table: RelationName): readonly RelationName[] {
  return lineOf(catalog, table).flatMap((one) => catalog.foreignKeysTo(one).map((key) => key.table))
}

/** Sequences that belong to a column go with it, and with its table. */
export function lockSequences(
  { catalog, draft }: Setting,
  table: RelationName,
  column: string | null,
  mode: LockMode,
): void {
  for (const { name } of sequencesOf(catalog, table, column)) draft.lock(name, mode)
}

export function lockIdentity(
  { catalog, draft }: Setting,
  table: RelationName,
  column: string | null,
  mode: LockMode,
): void {
  for (const { name, identity } of sequencesOf(catalog, table, column)) if (identity) draft.lock(name, mode)
}

/** Foreign keys of the table itself, known or not; says so where the table is not known. */
export function ownForeignKeys(
  { catalog, draft }: Pick<Setting, 'catalog' | 'draft'>,
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

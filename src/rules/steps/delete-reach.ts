/** Whom a DELETE reaches by way of foreign keys: rows that go with it, rows that lose their reference, rows that stop it. */
import type { Catalog } from '../../catalog/catalog.ts'
import { onDeleteOf } from '../../catalog/constraint-facts.ts'
import { isFoundByIndex } from '../../catalog/index-facts.ts'
import type { ConstraintSnapshot, TableSnapshot } from '../../model/catalog.ts'
import type { ConstraintOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { familyOf, triggersFired, type FiredTrigger } from './batches.ts'

/** One foreign key that PostgreSQL follows for each row that is deleted. */
export interface Reached {
  readonly table: TableSnapshot
  readonly key: ConstraintSnapshot
  readonly onDelete: ConstraintOf<'foreign-key'>['onDelete']
  /** The table whose deleted rows it refers to. */
  readonly from: QualifiedName
}

export function reachOfDelete(catalog: Catalog, target: TableSnapshot): readonly Reached[] {
  const reached: Reached[] = []
  const deleted = new Set<string>([formatRelation(target)])
  const pending: TableSnapshot[] = [target]
  for (let from = pending.pop(); from !== undefined; from = pending.pop()) {
    for (const { table, constraint } of keysTo(catalog, from)) {
      const onDelete = onDeleteOf(constraint)
      reached.push({ table, key: constraint, onDelete, from })
      const name = formatRelation(table)
      if (onDelete !== 'cascade' || deleted.has(name)) continue
      deleted.add(name)
      pending.push(table)
    }
  }
  return reached
}

/** A partitioned table's own key, and not the copy that each of its partitions has of it. */
function keysTo(catalog: Catalog, table: TableSnapshot): ReturnType<Catalog['foreignKeysTo']> {
  const keys = familyOf(catalog, table).flatMap((one) => catalog.foreignKeysTo(one))
  const holders = new Set(keys.map((key) => formatRelation(key.table)))
  return keys.filter(
    ({ table: { partitionOf } }) => partitionOf === null || !holders.has(formatRelation(partitionOf)),
  )
}

export function changesRows({ onDelete }: Reached): boolean {
  return onDelete !== 'no-action' && onDelete !== 'restrict'
}

export function how({ onDelete }: Reached): string {
  return `by ON DELETE ${onDelete.replace('-', ' ').toUpperCase()}`
}

/** The user's triggers that a DELETE fires, on the tables that it reaches too. */
export function triggersOfDelete(
  catalog: Catalog,
  target: TableSnapshot,
  reached: readonly Reached[],
): readonly FiredTrigger[] {
  return [
    ...triggersFired(catalog, target, 'delete'),
    ...reached
      .filter((one) => changesRows(one) && formatRelation(one.table) !== formatRelation(target))
      .flatMap((one) => triggersFired(catalog, one.table, one.onDelete === 'cascade' ? 'delete' : 'update')),
  ]
}

/**
 * One DELETE takes rows that refer to one another in one go, and asks at its end; batches meet them one after the other.
 * `columns`: those by which it tells its rows.
 */
export function reasonsInReach(
  target: TableSnapshot,
  reached: readonly Reached[],
  columns: readonly string[],
): readonly string[] {
  const deleted = new Set([
    formatRelation(target),
    ...reached.filter(({ onDelete }) => onDelete === 'cascade').map(({ table }) => formatRelation(table)),
  ])
  return reached.flatMap((one) => {
    const spelled = `${quoteIdentifier(one.key.name)} of ${formatRelation(one.table)}`
    if (!changesRows(one)) {
      if (!deleted.has(formatRelation(one.table))) return []
      return [
        `rows refer to one another by ${spelled}, and a batch could not delete a row before the batch that deletes what refers to it: make the key ON DELETE CASCADE, or delete in an order of your own`,
      ]
    }
    const isOwn = formatRelation(one.table) === formatRelation(target)
    const isRead = one.key.columns.some((column) => columns.includes(column) || columns.includes('*'))
    if (!isOwn || one.onDelete === 'cascade' || !isRead) return []
    return [`${spelled} changes by ${one.onDelete.replace('-', ' ')} what later batches are told by`]
  })
}

export function notesOnReach(target: TableSnapshot, reached: readonly Reached[]): readonly string[] {
  const spelled = formatRelation(target)
  const others = reached.filter(({ table }) => formatRelation(table) !== spelled)
  const changed = others.filter(changesRows).map((one) => `${formatRelation(one.table)} (${how(one)})`)
  const slow = reached.filter(({ table, key }) => !isFoundByIndex(table, key.columns))
  return [
    ...(changed.length > 0
      ? [`The DELETE from ${spelled} reaches ${[...new Set(changed)].join(', ')}.`]
      : []),
    ...slow.map(
      ({ table, key }) =>
        `No index of ${formatRelation(table)} begins with ${key.columns.map(quoteIdentifier).join(', ')}, so every row that is deleted from ${spelled} reads the whole table: build one first.`,
    ),
  ]
}

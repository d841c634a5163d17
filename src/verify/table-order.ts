/** In which order tables can be filled: parents first; where foreign keys form a circle, one is filled in later. */
import type { TableSnapshot } from '../model/catalog.ts'
import { tableKey } from './column-type.ts'

export interface ForeignKey {
  readonly columns: readonly string[]
  readonly parent: { readonly schema: string; readonly name: string }
  readonly parentColumns: readonly string[]
}

export interface TableToFill {
  readonly table: TableSnapshot
  /** Parents that are filled before. Widest first, so that a shared column is settled by the one that asks for most. */
  readonly foreignKeys: readonly ForeignKey[]
  /** To itself or to a table that is filled after it: NULL at first. */
  readonly late: readonly ForeignKey[]
}

export type SoftReference = ForeignKey & { readonly schema: string; readonly name: string }

/**
 * Partitions are filled through their root; views and foreign tables not at all. Soft references only move a table back.
 */
export function fillOrder(
  tables: readonly TableSnapshot[],
  softReferences: readonly SoftReference[] = [],
): readonly TableToFill[] {
  const waiting = new Map(tables.filter(isFilled).map((table) => [tableKey(table), table]))
  const order: TableToFill[] = []
  while (waiting.size > 0) {
    const table = nextTable(waiting, softReferences)
    waiting.delete(tableKey(table))
    const isLate = (key: ForeignKey): boolean =>
      tableKey(key.parent) === tableKey(table) || waiting.has(tableKey(key.parent))
    const keys = foreignKeysOf(table)
    order.push({ table, foreignKeys: keys.filter((key) => !isLate(key)), late: keys.filter(isLate) })
  }
  return order
}

function isFilled(table: TableSnapshot): boolean {
  return table.kind === 'table'
    ? table.partitionOf === null
    : table.kind === 'partitioned-table' && table.partitionOf === null
}

/** The first by name that waits for nobody; in a circle the one whose open foreign keys may all be NULL. */
function nextTable(
  waiting: ReadonlyMap<string, TableSnapshot>,
  softReferences: readonly SoftReference[],
): TableSnapshot {
  const sorted = [...waiting.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, table]) => table)
  const isOpen = (table: TableSnapshot, { parent }: ForeignKey): boolean =>
    tableKey(parent) !== tableKey(table) && waiting.has(tableKey(parent))
  const open = (table: TableSnapshot): readonly ForeignKey[] =>
    foreignKeysOf(table).filter((key) => isOpen(table, key))
  const free = sorted.filter((table) => open(table).length === 0)
  const chosen =
    free.find((table) =>
      softReferences.every((soft) => tableKey(soft) !== tableKey(table) || !isOpen(table, soft)),
    ) ??
    free[0] ??
    sorted.find((table) => open(table).every((key) => mayBeNull(table, key))) ??
    sorted[0]
  if (chosen === undefined) throw new Error('nextTable was asked with no table waiting')
  return chosen
}

function mayBeNull(table: TableSnapshot, key: ForeignKey): boolean {
  return table.columns.some((column) => key.columns.includes(column.name) && !column.notNull)
}

function foreignKeysOf(table: TableSnapshot): readonly ForeignKey[] {
  const keys = table.constraints.flatMap(({ kind, columns, references }) =>
    kind === 'foreign-key' && references !== null
      ? [
          {
            columns,
            parent: { schema: references.schema, name: references.name },
            parentColumns: references.columns,
          },
        ]
      : [],
  )
  return keys.sort((one, other) => other.columns.length - one.columns.length)
}

/** Which tables of blue go over, and in which way. */
import type { BluegreenFile } from '../model/bluegreen.ts'
import type { TableShape } from './table-shape.ts'

export interface Selection {
  /** Replicated to the table of the same name. */
  readonly direct: readonly TableShape[]
  /** Replicated to a table of blue's shape on green, of which rows of other tables are made. */
  readonly landed: readonly TableShape[]
  /** Copied once. */
  readonly copied: readonly TableShape[]
}

export function selectTables(file: BluegreenFile, blue: readonly TableShape[]): Selection {
  const left = new Map(file.exclude.map((one) => [one.table, one]))
  const sources = new Set(file.targets.flatMap((target) => target.sources.map(({ table }) => table)))
  const stored = blue.filter(({ kind, isPartition }) => kind !== 'foreign-table' && !isPartition)
  const followed = stored.filter(({ table }) => !left.has(table))
  return {
    direct: followed.filter(({ table }) => !sources.has(table)),
    landed: followed.filter(({ table }) => sources.has(table)),
    copied: stored.filter(({ table }) => left.get(table)?.copy === true),
  }
}

export function followed(selection: Selection): readonly TableShape[] {
  return [...selection.direct, ...selection.landed]
}

/** Columns that are stored, in their order: a generated one is neither copied nor sent. */
export function storedColumns(shape: TableShape): readonly string[] {
  return shape.columns.filter(({ generated }) => !generated).map(({ name }) => name)
}

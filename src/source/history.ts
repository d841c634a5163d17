/** Where a migration runner writes down what it has applied: a table of its own in the target database. */
import type { Migration } from '../model/migration.ts'
import type { RelationName } from '../postgres/relation-name.ts'

export interface HistoryTable {
  readonly table: RelationName
  readonly versionColumn: string
  /** A column that nobody else's table of this name has. */
  readonly markColumn: string
}

/** The row that says of one migration that it is applied. */
export interface HistoryRow {
  readonly table: RelationName
  readonly row: readonly { readonly column: string; readonly value: string }[]
}

/**
 * By layout. Ory's popx makes `schema_migration (version varchar(48) UNIQUE, version_self int DEFAULT 0)` and reads only
 * the version (oryx/popx/migrator.go).
 */
const historyTables: Readonly<Record<string, HistoryTable>> = {
  ory: {
    table: { schema: null, name: 'schema_migration' },
    versionColumn: 'version',
    markColumn: 'version_self',
  },
}

export const allHistoryTables: readonly HistoryTable[] = Object.values(historyTables)

/** Null: the layout's runner is not known to keep one. */
export function historyTableOf(layout: string): HistoryTable | null {
  return historyTables[layout] ?? null
}

export function historyRowOf({ layout, version }: Migration): HistoryRow | null {
  const history = historyTableOf(layout)
  if (history === null) return null
  return { table: history.table, row: [{ column: history.versionColumn, value: version }] }
}

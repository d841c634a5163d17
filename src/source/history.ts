/** Where a migration runner writes down what it has applied: a table of its own in the target database. */
import type { Migration } from '../model/migration.ts'
import type { RelationName } from '../postgres/relation-name.ts'
import { numberKey } from './file-name.ts'

export interface HistoryTable {
  readonly table: RelationName
  readonly versionColumn: string
  /** A column that nobody else's table of this name has. */
  readonly markColumn: string
  /** What holds, in SQL, of a row whose version is applied; null: it is there. */
  readonly condition: string | null
}

/** The row that says of one migration that it is applied. */
export interface HistoryRow {
  readonly table: RelationName
  readonly row: readonly { readonly column: string; readonly value: string }[]
}

/** A table whose row says that its version is applied, whatever else is in it. */
function plainTable(schema: string | null, name: string, markColumn: string): HistoryTable {
  return { table: { schema, name }, versionColumn: 'version', markColumn, condition: null }
}

/**
 * By layout; `docs/layouts.md` says which are missing, and why. Each as its runner makes it: popx/migrator.go of ory/x,
 * sql/migrate of ariga/atlas (cmd/atlas/internal/migrate/ent/migrate/schema.go), setup_migration_table.sql of
 * diesel-rs/diesel, internal/dialects/postgres.go of pressly/goose, sqlx-postgres/src/migrate.rs of launchbadge/sqlx,
 * pkg/migration/history.go of supabase/cli, and Prisma's documentation of `_prisma_migrations`.
 */
const historyTables: Readonly<Record<string, HistoryTable>> = {
  ory: plainTable(null, 'schema_migration', 'version_self'),
  atlas: {
    ...plainTable('atlas_schema_revisions', 'atlas_schema_revisions', 'operator_version'),
    // Rows of Atlas's own begin with a dot.
    condition: `applied = total AND error IS NULL AND version NOT LIKE '.%'`,
  },
  diesel: plainTable(null, '__diesel_schema_migrations', 'run_on'),
  goose: {
    ...plainTable(null, 'goose_db_version', 'is_applied'),
    versionColumn: 'version_id',
    // 0 is the row that the table is made with.
    condition: 'is_applied AND version_id > 0',
  },
  prisma: {
    ...plainTable(null, '_prisma_migrations', 'applied_steps_count'),
    versionColumn: 'migration_name',
    condition: 'finished_at IS NOT NULL AND rolled_back_at IS NULL',
  },
  sqlx: { ...plainTable(null, '_sqlx_migrations', 'execution_time'), condition: 'success' },
  supabase: plainTable('supabase_migrations', 'schema_migrations', 'statements'),
}

export const allHistoryTables: readonly HistoryTable[] = Object.values(historyTables)

/** Null: the layout's runner is not known to keep one that can be read row by row. */
export function historyTableOf(layout: string): HistoryTable | null {
  return historyTables[layout] ?? null
}

/** Null: the runner keeps no such table, or its row has a checksum of the runner's own in it, or a time. */
export function historyRowOf({ layout, version, name }: Migration): HistoryRow | null {
  const history = historyTableOf(layout)
  if (history === null) return null
  const row = { column: history.versionColumn, value: version }
  switch (layout) {
    case 'ory':
    case 'diesel':
      return { table: history.table, row: [row] }
    case 'goose':
      // goose reads a number, and writes one without the zeros of the file's name.
      return {
        table: history.table,
        row: [
          { ...row, value: numberKey(version) },
          { column: 'is_applied', value: 'true' },
        ],
      }
    case 'supabase':
      return { table: history.table, row: [row, { column: 'name', value: name }] }
    default:
      return null
  }
}

/**
 * The rows of a whole database, and what two databases must share of them where some columns hold the values of a clock,
 * of chance or of a sequence: whichever those are, the same SQL run twice on the same rows shows.
 */
import type { Session } from '../../src/database/session.ts'
import type { CatalogSnapshot } from '../../src/model/catalog.ts'
import { formatRelation } from '../../src/postgres/relation-name.ts'

type Row = Readonly<Record<string, string | null>>
/** By table. */
export type Rows = Readonly<Record<string, readonly Row[]>>

export async function readRows(session: Session, tables: readonly string[]): Promise<Rows> {
  const rows: Record<string, readonly Row[]> = {}
  for (const table of tables) {
    // As text, for a number of JSON would lose its last digits.
    const found = await session.query<{ row: Row }>(
      `SELECT (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each_text(to_jsonb(lockstep_row))) AS row
         FROM ${table} AS lockstep_row ORDER BY to_jsonb(lockstep_row)::text`,
    )
    rows[table] = found.map(({ row }) => row)
  }
  return rows
}

/** `table column` of each column that a sequence numbers now: in whatever order the rows were met. */
export function numberedColumns(before: CatalogSnapshot, end: CatalogSnapshot): ReadonlySet<string> {
  const numbered = (catalog: CatalogSnapshot) =>
    catalog.tables.flatMap((table) =>
      table.columns
        .filter(({ identity, default: value }) => identity !== null || value?.startsWith('nextval(') === true)
        .map(({ name }) => `${formatRelation(table)} ${name}`),
    )
  const old = new Set(numbered(before))
  return new Set(numbered(end).filter((column) => !old.has(column)))
}

/** `table column` of each column whose values differ between two runs. */
export function volatileColumns(one: Rows, other: Rows): ReadonlySet<string> {
  const found = Object.entries(one).flatMap(([table, rows]) =>
    columnsOf(rows)
      .filter((column) => valuesOf(rows, column) !== valuesOf(other[table] ?? [], column))
      .map((column) => `${table} ${column}`),
  )
  return new Set(found)
}

/** Rows with the values of all columns but the volatile ones, of which nullness and distinctness are told. */
export function comparableRows(rows: Rows, isVolatile: ReadonlySet<string>): unknown {
  return Object.fromEntries(
    Object.entries(rows).map(([table, list]) => {
      const stable = (row: Row) =>
        Object.entries(row)
          .filter(([column]) => !isVolatile.has(`${table} ${column}`))
          .sort(([first], [second]) => (first < second ? -1 : 1))
      const facts = columnsOf(list)
        .filter((column) => isVolatile.has(`${table} ${column}`))
        .map((column) => `${column}: ${spreadOf(list.map((row) => row[column] ?? null))}`)
      return [table, { rows: list.map((row) => JSON.stringify(stable(row))).sort(), facts: facts.sort() }]
    }),
  )
}

function columnsOf(rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))]
}

function valuesOf(rows: readonly Row[], column: string): string {
  return JSON.stringify(rows.map((row) => JSON.stringify(row[column] ?? null)).sort())
}

/** Whether some of a clock's values are equal is a matter of how fast the server is. */
function spreadOf(values: readonly (string | null)[]): string {
  const there = values.filter((value) => value !== null)
  const distinct = new Set(there).size
  const spread = distinct < 2 ? String(distinct) : 'several'
  return `${values.length - there.length} NULL, ${spread} distinct`
}

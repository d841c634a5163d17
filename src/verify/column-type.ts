/**
 * What a type is made of, with domains resolved, so that values for it can be written: read from `pg_type`, since a
 * snapshot holds a type's name only.
 */
import type { Session } from '../database/session.ts'

export type ValueType =
  /** `modifier` as `atttypmod` holds it; -1: none. */
  | { readonly kind: 'base'; readonly name: string; readonly modifier: number }
  | { readonly kind: 'enum'; readonly labels: readonly string[] }
  | { readonly kind: 'array'; readonly element: ValueType }
  | { readonly kind: 'range'; readonly element: ValueType }
  | { readonly kind: 'multirange'; readonly element: ValueType }
  | { readonly kind: 'composite'; readonly fields: number }

export interface FillableColumn {
  readonly name: string
  readonly type: ValueType
  /** By the column or by its domain. */
  readonly notNull: boolean
  /** The server gives the value: generated, identity, or the default of a sequence that the column owns. */
  readonly filledByServer: boolean
  readonly domainChecks: readonly DomainCheck[]
}

export interface DomainCheck {
  readonly name: string
  readonly definition: string
}

/** Columns by `schema.table` (unquoted, joined by a NUL), in physical order. */
export type ColumnsByTable = ReadonlyMap<string, readonly FillableColumn[]>

export function tableKey(table: { readonly schema: string; readonly name: string }): string {
  return `${table.schema}\u0000${table.name}`
}

export function columnKey(table: { readonly schema: string; readonly name: string }, column: string): string {
  return `${tableKey(table)}\u0000${column}`
}

interface TypeRow {
  readonly oid: number
  readonly name: string
  readonly type: string
  readonly category: string
  readonly element: number
  readonly base: number
  readonly modifier: number
  readonly not_null: boolean
  readonly subtype: number | null
  readonly multirange_of: number | null
  readonly labels: readonly string[] | null
  readonly fields: number
  readonly checks: readonly DomainCheck[] | null
}

interface ColumnRow {
  readonly schema: string
  readonly relation: string
  readonly name: string
  readonly type: number
  readonly modifier: number
  readonly not_null: boolean
  readonly filled: boolean
}

const typesSql = `
  SELECT t.oid, t.typname::text AS name, t.typtype::text AS type, t.typcategory::text AS category,
         t.typelem AS element, t.typbasetype AS base, t.typtypmod AS modifier, t.typnotnull AS not_null,
         r.rngsubtype AS subtype, m.rngsubtype AS multirange_of,
         (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
           AS labels,
         (SELECT count(*)::int FROM pg_attribute a WHERE a.attrelid = t.typrelid AND t.typtype = 'c'
           AND a.attnum > 0 AND NOT a.attisdropped) AS fields,
         (SELECT json_agg(json_build_object('name', k.conname, 'definition', pg_get_constraintdef(k.oid))
                   ORDER BY k.conname) FROM pg_constraint k
           WHERE k.contypid = t.oid) AS checks
    FROM pg_type t
    LEFT JOIN pg_range r ON r.rngtypid = t.oid
    LEFT JOIN pg_range m ON m.rngmultitypid = t.oid`

const columnsSql = `
  SELECT n.nspname::text AS schema, c.relname::text AS relation, a.attname::text AS name, a.atttypid AS type,
         a.atttypmod AS modifier, a.attnotnull AS not_null,
         a.attgenerated <> '' OR a.attidentity <> '' OR EXISTS (
           SELECT FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
            WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
              AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND d.deptype = 'a' AND a.atthasdef) AS filled
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   ORDER BY 1, 2, a.attnum`

export async function readFillableColumns(session: Session): Promise<ColumnsByTable> {
  const types = new Map((await session.query<TypeRow>(typesSql)).map((row) => [row.oid, row]))
  const columns = new Map<string, FillableColumn[]>()
  for (const row of await session.query<ColumnRow>(columnsSql)) {
    const key = tableKey({ schema: row.schema, name: row.relation })
    const resolved = resolve(types, row.type, row.modifier)
    columns.set(key, [
      ...(columns.get(key) ?? []),
      {
        name: row.name,
        type: resolved.type,
        notNull: row.not_null || resolved.notNull,
        filledByServer: row.filled,
        domainChecks: resolved.checks,
      },
    ])
  }
  return columns
}

interface Resolved {
  readonly type: ValueType
  readonly notNull: boolean
  readonly checks: readonly DomainCheck[]
}

function resolve(types: ReadonlyMap<number, TypeRow>, oid: number, modifier: number): Resolved {
  const row = types.get(oid)
  if (row === undefined) return plain({ kind: 'base', name: 'unknown', modifier })
  const inner = (of: number): ValueType => resolve(types, of, modifier).type
  if (row.type === 'd') {
    const base = resolve(types, row.base, modifier === -1 ? row.modifier : modifier)
    return {
      type: base.type,
      notNull: base.notNull || row.not_null,
      checks: [...base.checks, ...(row.checks ?? [])],
    }
  }
  if (row.type === 'e') return plain({ kind: 'enum', labels: row.labels ?? [] })
  if (row.type === 'c') return plain({ kind: 'composite', fields: row.fields })
  if (row.subtype !== null) return plain({ kind: 'range', element: inner(row.subtype) })
  if (row.multirange_of !== null) return plain({ kind: 'multirange', element: inner(row.multirange_of) })
  // Fixed-length types such as point have an element type too, but are no arrays.
  if (row.category === 'A' && row.element !== 0) return plain({ kind: 'array', element: inner(row.element) })
  return plain({ kind: 'base', name: row.name, modifier })
}

function plain(type: ValueType): Resolved {
  return { type, notNull: false, checks: [] }
}

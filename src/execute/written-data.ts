/** What an undo would drop that somebody has written since: the new application, or a backfill. */
import type { Session } from '../database/session.ts'
import type { Plan, Step } from '../model/plan.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { stepsOf } from './passage.ts'

/**
 * Columns and tables that `step` made, that its undo drops, and that hold something other than what the step itself put
 * there (NULL, the column's default, or the one that it was added with). In words; empty: nothing would be lost.
 */
export async function writtenSince(control: Session, plan: Plan, step: Step): Promise<readonly string[]> {
  if (step.undo.kind !== 'sql') return []
  const found: string[] = []
  for (const object of step.touches.creates) {
    const [kind, name] = splitObject(object)
    if (isMirror(step, name)) continue
    if (kind === 'column' && !isOfNewTable(plan, name) && (await isColumnWritten(control, name))) {
      found.push(`column ${name} holds values`)
    }
    if (kind === 'table' && (await isTableFilled(control, name))) found.push(`table ${name} holds rows`)
  }
  return found
}

function isMirror(step: Step, name: string): boolean {
  return step.kind === 'ddl' && step.mirrors?.includes(name) === true
}

function splitObject(object: string): readonly [string, string] {
  const at = object.indexOf(' ')
  return [object.slice(0, at), object.slice(at + 1)]
}

/** It goes with its table, which is asked about as a whole. */
function isOfNewTable(plan: Plan, column: string): boolean {
  return stepsOf(plan).some((step) =>
    step.touches.creates.some((object) => {
      const [kind, name] = splitObject(object)
      return kind === 'table' && !isMirror(step, name) && column.startsWith(`${name}.`)
    }),
  )
}

async function isColumnWritten(control: Session, name: string): Promise<boolean> {
  const [row] = await control.query<{
    table: string
    column: string
    default: string | null
    initial: string | null
    type: string
  }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS "table", a.attname::text AS column,
            CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default,
            (a.attmissingval::text::text[])[1] AS initial, format_type(a.atttypid, a.atttypmod) AS type
       FROM parse_ident($1) AS part
       JOIN pg_namespace n ON n.nspname = part[1]
       JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = part[2]
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = part[3] AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attgenerated = ''`,
    [name],
  )
  if (row === undefined) return false
  const column = quoteIdentifier(row.column)
  // Rows that were there before it have the default of then, even where it has none any more.
  const own = [
    row.default ?? 'NULL',
    ...(row.initial === null ? [] : [`${quoteLiteral(row.initial)}::${row.type}`]),
  ]
  // Compared as text, since not every type has an equality (json).
  const isOther = own.map((value) => `${column}::text IS DISTINCT FROM (${value})::text`).join(' AND ')
  const found = await control.query(
    `SELECT 1 FROM ${row.table} WHERE ${column} IS NOT NULL AND ${isOther} LIMIT 1`,
  )
  return found.length > 0
}

async function isTableFilled(control: Session, table: string): Promise<boolean> {
  const [row] = await control.query<{ name: string | null }>('SELECT to_regclass($1)::text AS name', [table])
  if (row?.name === null || row === undefined) return false
  return (await control.query(`SELECT 1 FROM ${table} LIMIT 1`)).length > 0
}

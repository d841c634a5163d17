/** Which rows stand in the way, asked after PostgreSQL has only said that there are some. */
import { DatabaseError, type Session } from '../database/session.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { sqlstate } from '../postgres/sqlstate.ts'

type Row = Record<string, unknown>
const shownRows = 10

/** Keys that a unique index, which failed to be built and is still there as an INVALID one, found more than once. */
export async function duplicateKeys(control: Session, index: string): Promise<Row[]> {
  const [found] = await control.query<{
    table: string
    keys: string[]
    predicate: string | null
    nullsAreEqual: boolean
  }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS "table", pg_get_expr(i.indpred, i.indrelid) AS predicate,
            ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, false) FROM generate_series(1, i.indnkeyatts) k ORDER BY k) AS keys,
            coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS "nullsAreEqual"
       FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE i.indexrelid = to_regclass($1)`,
    [index],
  )
  if (found === undefined || found.keys.length === 0) return []
  const conditions = [
    ...(found.predicate === null ? [] : [`(${found.predicate})`]),
    ...(found.nullsAreEqual ? [] : found.keys.map((key) => `(${key}) IS NOT NULL`)),
  ]
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const positions = found.keys.map((_, at) => at + 1).join(', ')
  const keys = found.keys.map((key) => `${key} AS ${quoteIdentifier(key)}`).join(', ')
  return askFor(
    control,
    `SELECT ${keys}, count(*) AS lockstep_rows FROM ${found.table}${where}
      GROUP BY ${positions} HAVING count(*) > 1 ORDER BY ${positions} LIMIT ${shownRows}`,
  )
}

interface Constraint {
  readonly kind: 'c' | 'f'
  readonly expression: string | null
  readonly referenced: string | null
  readonly columns: readonly string[]
  readonly keys: readonly string[]
}

/** Rows that violate the constraint that an error names: of a CHECK, of a foreign key, or a NULL. */
export async function violatingRows(control: Session, error: DatabaseError): Promise<Row[]> {
  if (error.schema === null || error.table === null) return []
  const table = formatRelation({ schema: error.schema, name: error.table })
  if (error.sqlstate === sqlstate.notNullViolation && error.column !== null) {
    return askFor(
      control,
      `SELECT * FROM ${table} WHERE ${quoteIdentifier(error.column)} IS NULL LIMIT ${shownRows}`,
    )
  }
  if (error.constraint === null) return []
  const [constraint] = await control.query<Constraint>(
    `SELECT c.contype::text AS kind, pg_get_expr(c.conbin, c.conrelid) AS expression,
            (SELECT format('%I.%I', n.nspname, r.relname) FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
              WHERE r.oid = c.confrelid) AS referenced,
            ARRAY(SELECT quote_ident(a.attname) FROM unnest(c.conkey) WITH ORDINALITY k (number, position)
                   JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.position) AS columns,
            ARRAY(SELECT quote_ident(a.attname) FROM unnest(c.confkey) WITH ORDINALITY k (number, position)
                   JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number ORDER BY k.position) AS keys
       FROM pg_constraint c WHERE c.conrelid = to_regclass($1) AND c.conname = $2 AND c.contype IN ('c', 'f')`,
    [table, error.constraint],
  )
  return constraint === undefined ? [] : askFor(control, violatorsSql(table, constraint))
}

function violatorsSql(table: string, { kind, expression, referenced, columns, keys }: Constraint): string {
  if (kind === 'c') return `SELECT * FROM ${table} WHERE NOT (${expression ?? 'true'}) LIMIT ${shownRows}`
  const filled = columns.map((column) => `child.${column} IS NOT NULL`).join(' AND ')
  const match = columns.map((column, at) => `parent.${keys[at] ?? ''} = child.${column}`).join(' AND ')
  return `SELECT child.* FROM ${table} AS child
           WHERE ${filled} AND NOT EXISTS (SELECT FROM ${referenced ?? ''} AS parent WHERE ${match}) LIMIT ${shownRows}`
}

/** The failure itself is reported in any case: rows that cannot be had do not hide it. */
async function askFor(control: Session, sql: string): Promise<Row[]> {
  try {
    return [...(await control.query<Row>(sql))]
  } catch (error) {
    if (error instanceof DatabaseError && !error.connectionLost) return []
    throw error
  }
}

/**
 * Are two databases the same? Asked by other means than the proof's, so that one mistake cannot hide itself: whoever
 * calls brings a describer of schemas that shares no code with this package, and rows go through jsonb here.
 */
import type { Session } from '../database/session.ts'
import { quoteIdentifier, quoteLiteral } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { inDatabase, type ScratchDatabase } from '../verify/shadow.ts'

/** Sorted lines that say everything about a database's schema, whatever the order of columns. */
export type Describe = (ask: (sql: string) => Promise<readonly object[]>) => Promise<readonly string[]>

/** `− ` what only the author's SQL leaves, `+ ` what only the plans leave. */
export async function compareEnds(
  stock: ScratchDatabase,
  target: ScratchDatabase,
  options: { readonly describe: Describe; readonly volatileColumns: readonly string[] },
): Promise<readonly string[]> {
  const volatileColumns = new Set(options.volatileColumns)
  const read = (database: ScratchDatabase): Promise<readonly string[]> =>
    inDatabase(database.adminUrl, async (session) => [
      ...(await options.describe((sql) => session.query(sql))),
      ...(await describeRows(session, volatileColumns)),
    ])
  const [expected, actual] = [await read(stock), await read(target)]
  const [inStock, inTarget] = [new Set(expected), new Set(actual)]
  return [
    ...expected.filter((line) => !inTarget.has(line)).map((line) => `− ${line}`),
    ...actual.filter((line) => !inStock.has(line)).map((line) => `+ ${line}`),
  ]
}

/** A line a table: how many rows, and a digest of all values by column name. */
async function describeRows(
  session: Session,
  volatileColumns: ReadonlySet<string>,
): Promise<readonly string[]> {
  await session.execute(`SET TimeZone = 'UTC'; SET row_security = off`)
  const tables = await session.query<{ schema: string; name: string; columns: string[] }>(`
    SELECT n.nspname::text AS schema, c.relname::text AS name,
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%'
       AND n.nspname NOT IN ('information_schema', 'lockstep', 'lockstep_trash')
     ORDER BY 1, 2`)
  const lines: string[] = []
  for (const table of tables) {
    const relation = formatRelation(table)
    const left = table.columns.filter((name) => volatileColumns.has(`${relation}.${quoteIdentifier(name)}`))
    const row = left.reduce((json, name) => `${json} - ${quoteLiteral(name)}`, 'to_jsonb(t)')
    const [digest] = await session.query<{ rows: string; md5: string }>(
      `SELECT count(*)::text AS rows, coalesce(md5(string_agg(h, '' ORDER BY h COLLATE "C")), '') AS md5
         FROM (SELECT md5((${row})::text) AS h FROM ${relation} AS t) AS hashed`,
    )
    lines.push(`rows: ${relation} ${digest?.rows} ${digest?.md5}`)
  }
  return lines
}

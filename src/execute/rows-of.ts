import type { Session } from '../database/session.ts'

/** The first rows of the author's own query, which may end in a semicolon or a comment. */
export async function rowsOf(
  session: Session,
  sql: string,
  limit: number,
): Promise<readonly Record<string, unknown>[]> {
  return await session.query(`SELECT * FROM (\n${withoutSemicolon(sql)}\n) AS lockstep_rows LIMIT ${limit}`)
}

export function withoutSemicolon(sql: string): string {
  let end = sql.length
  while (end > 0 && (sql[end - 1] === ';' || sql[end - 1]?.trim() === '')) end--
  return sql.slice(0, end)
}

import { quoteIdentifier } from '../../postgres/identifier.ts'
import type { Draft } from '../draft.ts'

/**
 * A default that only filled the rows that were there goes in the transaction that brought the column. `columns`: the SQL
 * by the column, as a draft creates it (`column public.t.c`).
 */
export function withDefaultsDropped(
  drafts: readonly Draft[],
  columns: ReadonlyMap<string, string>,
): readonly Draft[] {
  if (columns.size === 0) return drafts
  return drafts.map((draft) => {
    const sql = draft.touches.creates.flatMap((object) => columns.get(object) ?? [])
    if (sql.length === 0) return draft
    const { step } = draft
    if (step.kind !== 'ddl') throw new Error(`a column comes with a ${step.kind} step`)
    const isGone = (table: string, column: string): boolean =>
      columns.has(`column ${table}.${quoteIdentifier(column)}`)
    const after = step.after.map((condition) =>
      condition.kind === 'column-default' && isGone(condition.table, condition.column)
        ? { ...condition, default: null }
        : condition,
    )
    return { ...draft, step: { ...step, sql: [...step.sql, ...sql], after } }
  })
}

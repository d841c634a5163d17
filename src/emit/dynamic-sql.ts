/** SQL whose slots are filled on the server: captured values stand in `lockstep.captured`, as literals. */
import type { CapturedSql } from '../model/captured-sql.ts'
import { quoteLiteral } from '../postgres/identifier.ts'

/** An expression whose value is the SQL as one text. */
export function textOf(sql: CapturedSql, plan: string): string {
  if (typeof sql === 'string') return quoteLiteral(sql)
  return sql
    .map((part) => (typeof part === 'string' ? quoteLiteral(part) : capturedLiteral(part.capture, plan)))
    .join(' || ')
}

function capturedLiteral(step: string, plan: string): string {
  return `(SELECT literal FROM lockstep.captured WHERE plan = ${quoteLiteral(plan)} AND step = ${quoteLiteral(step)})`
}

/** As a statement; where it has slots, it is put together when it runs. */
export function statementOf(sql: CapturedSql, plan: string): string {
  return typeof sql === 'string' ? sql : block([], [`EXECUTE ${textOf(sql, plan)};`])
}

/** Kept once: a second run finds what the first one has found. */
export function captureStatement(sql: string, step: string, plan: string): string {
  return `INSERT INTO lockstep.captured (plan, step, literal)
SELECT ${quoteLiteral(plan)}, ${quoteLiteral(step)},
       coalesce(pg_catalog.quote_literal(found.value::text), 'NULL') || '::' || pg_catalog.pg_typeof(found.value)::text
  FROM (SELECT (${sql}) AS value) AS found
ON CONFLICT DO NOTHING`
}

/** A DO block of these lines, of which one may be several: they are not indented, for a literal may stand across them. */
export function block(declarations: readonly string[], body: readonly string[]): string {
  const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`)
  const declare = declarations.length === 0 ? [] : ['DECLARE', ...indented(declarations)]
  const code = ['#variable_conflict use_column', ...declare, 'BEGIN', ...indented(body), 'END'].join('\n')
  const quote = freeQuote(code)
  return `DO ${quote}\n${code}\n${quote}`
}

function freeQuote(code: string): string {
  for (let at = 1; ; at += 1) {
    const quote = at === 1 ? '$lockstep$' : `$lockstep${at}$`
    if (!code.includes(quote)) return quote
  }
}

/**
 * SQL with slots for values that a plan finds in the data when it runs. Whoever reads a plan sees whose value a slot
 * takes; only the executor, which has the value, makes one text of it.
 */
import { z } from 'zod'

const part = z.union([z.string(), z.strictObject({ capture: z.string() })])

/** A text; or parts of one, in which each `capture` names the step whose value stands there as a literal with its type. */
export const capturedSql = z.union([z.string(), z.array(part).nonempty()])

export type CapturedSql = z.infer<typeof capturedSql>

/** The same value with every slot filled: where SQL may stand in parts, it is a text. */
export type Filled<T> = CapturedSql extends T
  ? string
  : T extends object
    ? { [K in keyof T]: Filled<T[K]> }
    : T

/** `literalOf`: the value that the step of this id has captured, as SQL. */
export function fillSql(sql: CapturedSql, literalOf: (capture: string) => string): string {
  if (typeof sql === 'string') return sql
  return sql.map((one) => (typeof one === 'string' ? one : literalOf(one.capture))).join('')
}

/** The steps whose values stand in it, in order of appearance. */
export function capturesIn(sql: CapturedSql): readonly string[] {
  return typeof sql === 'string' ? [] : sql.flatMap((one) => (typeof one === 'string' ? [] : [one.capture]))
}

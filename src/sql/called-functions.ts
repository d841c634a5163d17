import { expressionOf } from './expression.ts'
import { parse } from './parser.ts'

/** Functions that one statement calls, spelled as in `Expression.functions`. `loadParser` must have been awaited. */
export function calledFunctions(sql: string): readonly string[] {
  const result = parse(sql)
  const node = result.ok ? result.statements[0]?.node : undefined
  return node === undefined ? [] : expressionOf(node, sql).functions
}

import { treeOf } from './statement-facts.ts'
import { stringsOf, walk } from './tree.ts'

/** What gives another value each time it is done again; of the others nobody can tell. */
const steps: ReadonlySet<string> = new Set(['+', '-', '*', '/', '||', '%', '#'])

/** Does the expression step on from the column's own value (`n + 1`, `a || 'x'`), so that twice is not once? */
export function stepsOn(expression: string, column: string): boolean {
  let found = false
  walk(treeOf(`SELECT ${expression}`), (kind, node) => {
    if (kind === 'A_Expr' && stringsOf(node['name']).some((name) => steps.has(name))) {
      const sides = [node['lexpr'], node['rexpr']]
      found ||= sides.some((side) => isColumn(side, column))
    }
  })
  return found
}

function isColumn(side: unknown, column: string): boolean {
  if (typeof side !== 'object' || side === null || !('ColumnRef' in side)) return false
  const { ColumnRef: reference } = side
  const isReference = typeof reference === 'object' && reference !== null && 'fields' in reference
  return isReference && stringsOf(reference.fields).at(-1) === column
}

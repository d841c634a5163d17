import type { JudgedAction } from '../effects/walk.ts'
import type { Stalls } from '../model/effect.ts'
import type { LintedStatement } from '../model/finding.ts'
import { strongest } from '../rules/strongest-locks.ts'
import type { LineIndex } from '../sql/line-index.ts'
import type { Script } from '../sql/parse-script.ts'

/** From nobody to everybody. */
const stallsInOrder: readonly Stalls[] = [null, 'rows', 'writes', 'reads']

/** Every statement with what its actions do together. */
export function lintedStatements(
  script: Script,
  judged: readonly JudgedAction[],
  lines: LineIndex,
): readonly LintedStatement[] {
  const byStatement = new Map<number, JudgedAction[]>()
  for (const one of judged) {
    const members = byStatement.get(one.statement.index)
    if (members === undefined) byStatement.set(one.statement.index, [one])
    else members.push(one)
  }
  return script.statements.map((statement) => {
    const actions = byStatement.get(statement.index) ?? []
    const effects = actions.map(({ effect }) => effect)
    const { line, column } = lines.positionOf(statement.span, script.path)
    return {
      index: statement.index,
      line,
      column,
      kind: kindOf(statement.actions.map(({ kind }) => kind)),
      locks: [...strongest(effects.flatMap(({ locks }) => locks))],
      rewrites: sorted(effects.flatMap(({ rewrites }) => rewrites)),
      // Whoever builds an index reads the heap.
      scans: sorted(effects.flatMap(({ scans, builds }) => [...scans, ...builds])),
      stalls: actions.reduce<Stalls>((worst, { stalls }) => worseOf(worst, stalls), null),
    }
  })
}

/** Several different actions only ever stand in one ALTER TABLE. */
function kindOf(kinds: readonly string[]): string {
  const [first, ...others] = new Set(kinds)
  return first === undefined || others.length > 0 ? 'alter-table' : first
}

function worseOf(one: Stalls, other: Stalls): Stalls {
  return stallsInOrder.indexOf(one) >= stallsInOrder.indexOf(other) ? one : other
}

function sorted(relations: readonly string[]): string[] {
  return [...new Set(relations)].sort()
}

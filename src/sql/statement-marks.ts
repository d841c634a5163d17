/** Where each statement of a script stands, and what it says of its transaction: what whoever runs them one by one must know. */
import type { Action } from '../model/statement.ts'
import type { StatementMark } from '../model/trace.ts'
import { lineIndex } from './line-index.ts'
import type { Script } from './parse-script.ts'

/** One for each statement. */
export function statementMarks({ text, path, statements }: Script): readonly StatementMark[] {
  const lines = lineIndex(text)
  return statements.map(({ span, actions }) => ({
    start: span.start,
    position: lines.positionOf(span, path),
    control: controlOf(actions),
  }))
}

function controlOf([first]: readonly Action[]): StatementMark['control'] {
  if (first?.kind !== 'transaction') return null
  switch (first.verb) {
    case 'begin':
      return 'begin'
    case 'commit':
    case 'rollback':
    case 'prepare':
      return 'end'
    case 'savepoint':
    case 'release':
    case 'rollback-to':
      return null
  }
}

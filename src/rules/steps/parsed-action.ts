import type { Action, ActionKind, ActionOf } from '../../model/statement.ts'
import { parseScript } from '../../sql/parse-script.ts'

/** The only action of SQL that we made ourselves; anything else is a bug. */
export function parsedAction<K extends ActionKind>(sql: string, kind: K): ActionOf<K> {
  const { statements } = parseScript(sql, 'step')
  const [action, ...more] = statements.flatMap(({ actions }) => actions)
  if (action === undefined || more.length > 0 || !isKind(action, kind)) {
    throw new Error(`expected one ${kind} in: ${sql}`)
  }
  return action
}

function isKind<K extends ActionKind>(action: Action, kind: K): action is ActionOf<K> {
  return action.kind === kind
}

/** What the pending UPDATEs leave in the columns, as far as it can be told from their text. */
import type { ActionOf, Expression } from '../model/statement.ts'
import { volatilityOf } from '../postgres/volatility.ts'
import { nullTestOf } from '../sql/statement-facts.ts'
import { editEntry } from './edit-state.ts'
import type { Entry, State } from './state.ts'

type Update = ActionOf<'update'>

export function replayUpdate(state: State, action: Update): State {
  if (!state.started) return state
  return editEntry(state, action.table, (entry) => ({ ...entry, filled: filledAfter(entry, action) }))
}

function filledAfter({ filled }: Entry, update: Update): Entry['filled'] {
  const after = new Map(filled)
  for (const { column, expression } of update.set) {
    if (isFill(update, column, expression)) after.set(column, expression.sql)
    // Whatever it writes instead may be NULL.
    else after.delete(column)
  }
  return after
}

/** Puts a value that depends on the row alone in place of every NULL of the column. */
function isFill({ where, alias, reads }: Update, column: string, expression: Expression): boolean {
  const isOfRow =
    !expression.hasSubquery &&
    reads.length === 0 &&
    (alias === null || expression.constant) &&
    !expression.columns.includes(column) &&
    expression.functions.every((name) => volatilityOf(name) === 'not-volatile')
  if (!isOfRow || expression.isNull || expression.sql.toUpperCase() === 'DEFAULT') return false
  return where === null || where.sql.toLowerCase() === 'true' || nullTestOf(where.sql) === column
}

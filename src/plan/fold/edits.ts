/** What folding changes of the scripts: actions that are gone, changed, or new. All else stays as the author wrote it. */
import type { Action, ActionOf, Statement } from '../../model/statement.ts'
import { parsedAction } from '../../rules/steps/parsed-action.ts'
import { withoutAssignments } from '../../sql/edit.ts'
import type { Script } from '../../sql/parse-script.ts'

export interface Edits {
  /** In place of an action; null: none. */
  readonly replaced: Map<Action, Action | null>
  /** Columns that an UPDATE no longer sets. */
  readonly unset: Map<ActionOf<'update'>, Set<string>>
  /** New actions, after a statement. */
  readonly added: Map<Statement, Action[]>
}

export function noEdits(): Edits {
  return { replaced: new Map(), unset: new Map(), added: new Map() }
}

export function unset({ unset: columns }: Edits, update: ActionOf<'update'>, column: string): void {
  columns.set(update, new Set([...(columns.get(update) ?? []), column]))
}

export function addAfter({ added }: Edits, statement: Statement, action: Action): void {
  added.set(statement, [...(added.get(statement) ?? []), action])
}

export function rewritten(script: Script, edits: Edits): Script {
  return {
    ...script,
    statements: script.statements.flatMap((statement) => [
      ...changed(statement, edits),
      ...(edits.added.get(statement) ?? []).map((action) => alone(statement, action)),
    ]),
  }
}

function changed(statement: Statement, edits: Edits): readonly Statement[] {
  const actions = statement.actions.flatMap((action) => afterEdits(action, edits))
  const isAsBefore =
    actions.length === statement.actions.length &&
    actions.every((action, at) => action === statement.actions[at])
  return isAsBefore ? [statement] : actions.map((action) => alone(statement, action))
}

function afterEdits(action: Action, { replaced, unset: columns }: Edits): readonly Action[] {
  const replacement = replaced.get(action)
  if (replacement !== undefined) return replacement === null ? [] : [replacement]
  if (action.kind !== 'update') return [action]
  const gone = columns.get(action)
  if (gone === undefined) return [action]
  if (action.set.every(({ column }) => gone.has(column))) return []
  const rest = parsedAction(withoutAssignments(action.sql, gone), 'update')
  return [{ ...rest, span: action.span }]
}

/** It keeps the place, and so the comments, of the statement that it comes from. */
function alone({ index, span }: Statement, action: Action): Statement {
  return { index, span, text: action.sql, actions: [action] }
}

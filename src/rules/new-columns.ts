import type { ActionOf, ColumnDefinition } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { listed } from './listed.ts'

/** The columns that an action makes, for rules about how they are declared. */
export function newColumns(action: ActionOf<'create-table' | 'add-column'>): readonly ColumnDefinition[] {
  return action.kind === 'add-column' ? [action.column] : action.columns
}

export function columnsNamed(columns: readonly ColumnDefinition[]): string {
  return listed(columns.map(({ name }) => quoteIdentifier(name)))
}

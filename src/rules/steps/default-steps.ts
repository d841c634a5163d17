/** SET DEFAULT and DROP DEFAULT, with the former default kept for the way back. */
import type { Catalog } from '../../catalog/catalog.ts'
import type { PhaseName } from '../../model/plan.ts'
import type { ActionOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { columnObject, defaultObject, tableObject, touching } from './objects.ts'
import { ddlStep, undoNever, undoSql, type StepSketch } from './step-sketch.ts'

type DefaultAction = ActionOf<'set-default' | 'drop-default'>

export function defaultStep(action: DefaultAction, phase: PhaseName, catalog: Catalog): StepSketch {
  const table = catalog.resolve(action.table)
  const spelledTable = formatRelation(table)
  const { column } = action
  const name = `${spelledTable}.${quoteIdentifier(column)}`
  const isSet = action.kind === 'set-default' && !action.default.isNull
  // Only the server knows how it will spell the expression; the shadow writes that in.
  const wanted = action.kind === 'drop-default' ? null : isSet ? 'observed' : 'null'
  return ddlStep({
    slug: `${isSet ? 'set' : 'drop'} default ${column}`,
    phase,
    title: isSet ? `Set the default of ${name}` : `Drop the default of ${name}`,
    sql: [action.sql],
    touches: touching({
      changes: [defaultObject(table, column)],
      reads: [tableObject(table), columnObject(table, column)],
    }),
    before: [{ kind: 'column', table: spelledTable, column, exists: true, type: null }],
    after: [{ kind: 'column-default', table: spelledTable, column, default: wanted }],
    undo: formerDefault(action, catalog),
  })
}

function formerDefault(action: DefaultAction, catalog: Catalog): StepSketch['undo'] {
  const table = formatRelation(catalog.resolve(action.table))
  const column = quoteIdentifier(action.column)
  const known = catalog.column(action.table, action.column)
  if (typeof known !== 'object') return undoNever(`the former default of ${table}.${column} is not known`)
  const change = known.default === null ? 'DROP DEFAULT' : `SET DEFAULT ${known.default}`
  return undoSql(generated(`ALTER TABLE ${table} ALTER COLUMN ${column} ${change}`))
}

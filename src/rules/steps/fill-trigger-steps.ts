/**
 * R-14, for rows that the old application goes on writing: what the author's UPDATE puts in place of NULL, a trigger puts
 * there too until that application is gone, so that the column can become NOT NULL before.
 */
import type { Catalog } from '../../catalog/catalog.ts'
import { triggersOn } from '../../catalog/trigger-facts.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type RelationName } from '../../postgres/relation-name.ts'
import { tableObject, touching } from './objects.ts'
import type { StepSketch } from './step-sketch.ts'
import { firesAfterSync, syncStep } from './sync-steps.ts'

export interface FillTriggerSteps {
  /** Before the UPDATE begins: its batches must not be outrun. */
  readonly install: StepSketch
  /** When the old application is gone. */
  readonly remove: StepSketch
}

/** Null: no pending UPDATE fills the column, or a trigger of the user's own has the last word on it. */
export function fillTriggerSteps(
  target: { readonly table: RelationName; readonly column: string },
  catalog: Catalog,
): FillTriggerSteps | null {
  const value = catalog.fillOf(target.table, target.column)
  const known = catalog.table(target.table)
  if (
    value === null ||
    typeof known !== 'object' ||
    triggersOn(known, 'insert', 'update').some(firesAfterSync)
  )
    return null
  const table = catalog.resolve(target.table)
  const { column } = target
  const name = `${formatRelation(table)}.${quoteIdentifier(column)}`
  const piece = { kind: 'fill', column, value } as const
  const common = {
    touches: touching({ reads: [tableObject(table)] }),
    before: [],
    after: [],
  }
  const sync = { table, searchPath: catalog.searchPath, ownSql: [], ownUndo: [] }
  return {
    install: syncStep(
      {
        ...common,
        slug: `fill ${table.name} ${column}`,
        phase: 'expand',
        title: `Put ${value} in place of NULL whenever ${name} is written`,
        change: { ...sync, removes: [], adds: [piece] },
      },
      [],
    ),
    remove: syncStep(
      {
        ...common,
        slug: `no more filling ${table.name} ${column}`,
        phase: 'contract',
        title: `Leave ${name} to the application`,
        change: { ...sync, removes: [column], adds: [] },
      },
      [piece],
    ),
  }
}

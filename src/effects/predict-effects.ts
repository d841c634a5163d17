/** The effect model's word on SQL that a shadow is about to run. */
import { catalogOf, startBatch } from '../catalog/replay.ts'
import { effectOfStatement } from './effect-of-statement.ts'
import { walk, type JudgedAction } from './walk.ts'
import type { CatalogSnapshot } from '../model/catalog.ts'
import { fillStep } from '../model/filled-step.ts'
import { sqlOfStep } from '../model/step-sql.ts'
import type { Step } from '../model/plan.ts'
import type { TransactionMode } from '../model/migration.ts'
import type { Action, ActionOf, Statement } from '../model/statement.ts'
import { parseScript } from '../sql/parse-script.ts'
import type { Prediction } from '../model/trace.ts'
import { formatRelation } from '../postgres/relation-name.ts'

/** One for each statement, in the catalog that the statements before it leave. */
export function predictEffects(
  statements: readonly Statement[],
  catalog: CatalogSnapshot,
  from: { readonly transaction: TransactionMode; readonly major: number },
): readonly Prediction[] {
  const { judged } = walk(statements, {
    transaction: from.transaction,
    catalog: startBatch(catalogOf(catalog)),
    serverVersion: { min: from.major, max: from.major },
  })
  return statements.map((statement) => {
    const actions = judged.filter((one) => one.statement === statement)
    return { effect: effectOfStatement(actions), readsByQuery: readsByQuery(actions) }
  })
}

/** The locks that a step declares, and the work of its SQL. What it reads is not compared. */
export function predictStep(step: Step, catalog: CatalogSnapshot, major: number): Prediction {
  // One script, so that each statement meets what the one before it has made.
  const script = parseScript(sqlOfStep(fillStep(step, () => 'NULL')).join(';\n'), step.id)
  const effect = effectOfStatement(predictEffects(script.statements, catalog, { transaction: 'file', major }))
  return { effect: { ...effect, locks: step.locks }, readsByQuery: 'all' }
}

/** Rows are sought by a query, and so is the far end of a foreign key (RI_Initial_Check, ri_triggers.c). */
function readsByQuery(judged: readonly JudgedAction[]): Prediction['readsByQuery'] {
  if (judged.some(({ action }) => isQuery(action))) return 'all'
  return judged.flatMap(({ action, catalog, effect }) => {
    const own = addsForeignKey(action) ? formatRelation(catalog.resolve(action.table)) : null
    return own === null ? [] : effect.scans.filter((name) => name !== own)
  })
}

function isQuery({ kind }: Action): boolean {
  return kind === 'insert' || kind === 'update' || kind === 'delete' || kind === 'select'
}

function addsForeignKey(
  action: Action,
): action is ActionOf<'add-constraint' | 'validate-constraint' | 'add-column'> {
  if (action.kind === 'add-constraint') return action.constraint.kind === 'foreign-key'
  if (action.kind !== 'add-column') return action.kind === 'validate-constraint'
  return action.column.constraints.some(({ kind }) => kind === 'foreign-key')
}

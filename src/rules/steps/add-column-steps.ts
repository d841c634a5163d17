import { replay } from '../../catalog/replay.ts'
import { effectOf } from '../../effects/effect-of.ts'
import { stallsOf } from '../../effects/stalls.ts'
import type { ActionOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated, inlineConstraints, withoutInlineConstraints } from '../../sql/edit.ts'
import { addConstraintSteps } from './add-constraint-steps.ts'
import { columnObject, tableObject, touching } from './objects.ts'
import { parsedAction } from './parsed-action.ts'
import { inOrder, type Recipe, type RecipeContext } from './recipe.ts'
import { ddlStep, undoSql, type StepSketch } from './step-sketch.ts'

/** the column alone, which is instant, then each constraint that was written on it by its own recipe. */
export function addColumnSteps(action: ActionOf<'add-column'>, context: RecipeContext): Recipe {
  const { catalog, serverVersion } = context
  const alone = parsedAction(withoutInlineConstraints(action.sql), 'add-column')
  const { rewrites, scans, ...effect } = effectOf(alone, catalog, serverVersion)
  if (stallsOf({ rewrites, scans, ...effect }, []) !== null) {
    const name = `${formatRelation(catalog.resolve(action.table))}.${quoteIdentifier(action.column.name)}`
    const work = rewrites.length > 0 ? 'writes the whole table anew' : 'reads the whole table'
    return {
      cannot: `Even without its constraints ADD COLUMN ${name} ${work} while it is locked: its type, default or NOT NULL is the cause. Add the column without them, fill it, and constrain it afterwards.`,
    }
  }
  let after = replay(catalog, alone)
  const recipes: Recipe[] = [{ steps: [addColumnStep(alone, context)] }]
  for (const sql of inlineConstraints(action.sql)) {
    const constraint = parsedAction(sql, 'add-constraint')
    recipes.push(addConstraintSteps(constraint, { catalog: after, serverVersion }))
    after = replay(after, constraint)
  }
  return inOrder(recipes)
}

function addColumnStep(action: ActionOf<'add-column'>, { catalog }: RecipeContext): StepSketch {
  const table = catalog.resolve(action.table)
  const spelledTable = formatRelation(table)
  const column = action.column.name
  return ddlStep({
    slug: `add ${column}`,
    phase: 'expand',
    title: `Add column ${quoteIdentifier(column)} to ${spelledTable} without its constraints`,
    sql: [action.sql],
    touches: touching({ creates: [columnObject(table, column)], reads: [tableObject(table)] }),
    before: [{ kind: 'column', table: spelledTable, column, exists: false, type: null }],
    after: [{ kind: 'column', table: spelledTable, column, exists: true, type: null }],
    undo: undoSql(generated(`ALTER TABLE ${spelledTable} DROP COLUMN ${quoteIdentifier(column)}`)),
  })
}

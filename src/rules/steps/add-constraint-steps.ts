import type { ActionOf } from '../../model/statement.ts'
import { checkSteps } from './check-steps.ts'
import { referenceSteps } from './partitioned-reference-steps.ts'
import { spelled, type Recipe, type RecipeContext } from './recipe.ts'
import { keySteps } from './partitioned-key-steps.ts'

/** The recipe for a constraint of any kind: for those written on a new column, and for the undo of a dropped one. */
export function addConstraintSteps(action: ActionOf<'add-constraint'>, context: RecipeContext): Recipe {
  const { constraint } = action
  const table = spelled(action.table, context.catalog)
  switch (constraint.kind) {
    case 'check':
      return checkSteps(action, constraint, context)
    case 'foreign-key':
      return referenceSteps(action, constraint, context)
    case 'unique':
    case 'primary-key':
      return keySteps(action, constraint, context)
    case 'exclude':
      return {
        cannot: `An exclusion constraint of ${table} cannot be added NOT VALID and cannot take over an index (R-15).`,
      }
    case 'not-null':
      return { cannot: `Write the NOT NULL of ${table} as ALTER COLUMN … SET NOT NULL.` }
  }
}

import type { ActionOf, ConstraintOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated, withConstraintName, withNotValid } from '../../sql/edit.ts'
import { constraintNameOf } from './constraint-name.ts'
import { notValidSteps } from './not-valid-steps.ts'
import { columnObjects, rowsObject, touching } from './objects.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { checkStep } from './step-sketch.ts'

/** rows that violate it are asked for, then it is added NOT VALID, then validated. */
export function checkSteps(
  action: ActionOf<'add-constraint'>,
  constraint: ConstraintOf<'check'>,
  { catalog }: RecipeContext,
): Recipe {
  const table = catalog.resolve(action.table)
  const spelledTable = formatRelation(table)
  const name = constraintNameOf(action, catalog)
  const columns = columnObjects(table, constraint.expression.columns)
  const violators = checkStep({
    slug: `no violators of ${name}`,
    phase: 'expand',
    title: `Ask that no row of ${spelledTable} violates ${quoteIdentifier(name)}`,
    touches: touching({ reads: [...columns, rowsObject(table)] }),
    before: [
      {
        kind: 'no-rows',
        // A CHECK lets NULL pass, so only rows for which it is false are in its way.
        sql: generated(`SELECT * FROM ${spelledTable} WHERE NOT (${constraint.expression.sql}) LIMIT 20`),
        otherwise: `These rows of ${spelledTable} violate ${quoteIdentifier(name)}: mend or delete them first`,
      },
    ],
  })
  return {
    steps: [
      violators,
      ...notValidSteps({
        table,
        name,
        noun: 'check',
        sql: withNotValid(constraint.name === null ? withConstraintName(action.sql, name) : action.sql),
        reads: [...columns],
        addIn: 'expand',
        validateIn: 'backfill',
      }),
    ],
  }
}

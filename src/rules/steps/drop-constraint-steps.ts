import type { ConstraintSnapshot } from '../../model/catalog.ts'
import type { ActionOf } from '../../model/statement.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { addConstraintSteps } from './add-constraint-steps.ts'
import {
  columnObject,
  constraintObject,
  indexObject,
  rowsObject,
  tableObject,
  touching,
  valuesObjects,
} from './objects.ts'
import { parsedAction } from './parsed-action.ts'
import type { Recipe, RecipeContext } from './recipe.ts'
import { restoredIdentity } from './replica-identity.ts'
import { sqlOfStep } from '../../model/step-sql.ts'
import { ddlStep, undoNever, undoOneByOne, type StepSketch } from './step-sketch.ts'

/** dropped when the old application, which may rely on it, is gone; its definition is kept for the way back. */
export function dropConstraintSteps(action: ActionOf<'drop-constraint'>, context: RecipeContext): Recipe {
  const { catalog } = context
  const table = catalog.resolve(action.table)
  const spelledTable = formatRelation(table)
  const name = action.constraint
  const found = catalog.constraint(action.table, name)
  const known = typeof found === 'object' ? found : null
  const here = {
    kind: 'constraint',
    table: spelledTable,
    constraint: name,
    validated: null,
    definition: null,
  } as const
  return {
    steps: [
      ddlStep({
        slug: `drop ${name}`,
        phase: 'contract',
        title: `Drop constraint ${quoteIdentifier(name)} of ${spelledTable}`,
        sql: [action.sql],
        touches: touching({
          drops: [constraintObject(table, name), ...indexOf(table, known)],
          reads: [
            tableObject(table),
            ...rowsHeld(table, known),
            ...keyColumns(table, known),
            ...referencedTable(known),
          ],
        }),
        before: [{ ...here, exists: true }],
        after: [{ ...here, exists: false }],
        undo: undoOf(action, known, table, context),
      }),
    ],
  }
}

function indexOf(table: QualifiedName, constraint: ConstraintSnapshot | null): readonly string[] {
  if (constraint === null || constraint.index === null) return []
  return [indexObject({ schema: table.schema, name: constraint.index })]
}

/** A column may not be NULL while it is in a primary key: DROP NOT NULL must not overtake the end of the key. */
function keyColumns(table: QualifiedName, constraint: ConstraintSnapshot | null): readonly string[] {
  if (constraint?.kind !== 'primary-key') return []
  return constraint.columns.map((column) => columnObject(table, column))
}

/** What is written after the DROP may be what it forbade; a foreign key forbids values of its own columns only. */
function rowsHeld(table: QualifiedName, constraint: ConstraintSnapshot | null): readonly string[] {
  return constraint?.kind === 'foreign-key' && constraint.columns.length > 0
    ? valuesObjects(table, constraint.columns)
    : [rowsObject(table)]
}

/**
 * With the rows of the other side: a DELETE there that the author wrote after the DROP must not overtake it, or it
 * cascades over the key that should be gone.
 */
function referencedTable(constraint: ConstraintSnapshot | null): readonly string[] {
  const references = constraint?.references ?? null
  if (references === null) return []
  const { columns } = references
  return [
    tableObject(references),
    ...(columns.length > 0 ? valuesObjects(references, columns) : [rowsObject(references)]),
  ]
}

/** The constraint's own recipe, so that the way back stops nobody either. */
function undoOf(
  action: ActionOf<'drop-constraint'>,
  constraint: ConstraintSnapshot | null,
  table: QualifiedName,
  context: RecipeContext,
): StepSketch['undo'] {
  const name = `${quoteIdentifier(action.constraint)} of ${formatRelation(table)}`
  if (constraint === null) return undoNever(`the definition of ${name} is not known`)
  if (action.cascade)
    return undoNever(`CASCADE drops what hangs on ${name}, and nobody has written down what that is`)
  const sql = `ALTER TABLE ${formatRelation(table)} ADD CONSTRAINT ${quoteIdentifier(constraint.name)} ${constraint.definition}`
  if (!constraint.validated) return undoOneByOne(sql)
  const recipe = addConstraintSteps(parsedAction(sql, 'add-constraint'), context)
  if ('cannot' in recipe) return undoNever(recipe.cannot)
  const known = context.catalog.table(action.table)
  const identity = typeof known === 'object' ? restoredIdentity(known, constraint.index) : []
  const [first, ...more] = [...recipe.steps.flatMap(sqlOfStep), ...identity]
  return first === undefined ? undoNever(`the way back for ${name} is empty`) : undoOneByOne(first, ...more)
}

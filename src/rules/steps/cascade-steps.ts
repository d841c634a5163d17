/**
 * DROP … CASCADE by name: what hangs on the thing is dropped first, each by a step of its own that locks two tables at
 * most, where CASCADE would lock all of them at once. What only CASCADE itself could find out is refused.
 */
import { objectsNaming, viewsOver } from '../../catalog/dependents.ts'
import type { ConstraintSnapshot, TableSnapshot } from '../../model/catalog.ts'
import { quoteIdentifier } from '../../postgres/identifier.ts'
import { formatRelation } from '../../postgres/relation-name.ts'
import { generated } from '../../sql/edit.ts'
import { namedIn } from '../../sql/statement-facts.ts'
import { dropConstraintSteps } from './drop-constraint-steps.ts'
import { parsedAction } from './parsed-action.ts'
import { inOrder, type Recipe, type RecipeContext } from './recipe.ts'

/** What is dropped of a table: a key (the columns of its index, and its name), a column, or all of it. */
export type CascadeTarget =
  | { readonly kind: 'key'; readonly columns: readonly string[]; readonly index: string }
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'table' }

/** The steps that must come before the drop without CASCADE. */
export function cascadeSteps(table: TableSnapshot, target: CascadeTarget, context: RecipeContext): Recipe {
  const reasons = reasonsAgainst(table, target, context)
  if (reasons.length > 0) {
    return {
      cannot: `What CASCADE takes along cannot all be dropped by name: ${reasons.join('; ')}. Drop what hangs on it with statements of its own first.`,
    }
  }
  const keys = foreignKeysOn(table, target, context)
  const drops = keys.map(({ table: of, constraint }) => {
    const sql = `ALTER TABLE ${formatRelation(of)} DROP CONSTRAINT ${quoteIdentifier(constraint.name)}`
    return dropConstraintSteps(parsedAction(generated(sql), 'drop-constraint'), context)
  })
  const names = keys.map(
    ({ table: of, constraint }) => `${quoteIdentifier(constraint.name)} of ${formatRelation(of)}`,
  )
  const notes =
    names.length === 0
      ? []
      : [
          `CASCADE takes along ${names.length === 1 ? 'a foreign key' : `${names.length} foreign keys`}, which the plan drops by name: ${names.join(', ')}.`,
        ]
  return inOrder([...drops, { steps: [], notes }])
}

type ForeignKey = ReturnType<RecipeContext['catalog']['foreignKeysTo']>[number]

function foreignKeysOn(
  table: TableSnapshot,
  target: CascadeTarget,
  { catalog }: RecipeContext,
): readonly ForeignKey[] {
  const keys = catalog.foreignKeysTo(table)
  switch (target.kind) {
    case 'key':
      return keys.filter(({ constraint }) => isSameSet(constraint.references?.columns ?? [], target.columns))
    case 'column':
      return keys.filter(({ constraint }) => constraint.references?.columns.includes(target.column) === true)
    case 'table': {
      // Its own key to itself goes with it.
      const own = formatRelation(table)
      return keys.filter(({ table: of }) => formatRelation(of) !== own)
    }
  }
}

function reasonsAgainst(
  table: TableSnapshot,
  target: CascadeTarget,
  context: RecipeContext,
): readonly string[] {
  const { catalog } = context
  const unknown = catalog.complete
    ? []
    : ['not all that may hang on it is known: give all migrations, or a database']
  if (target.kind === 'key') return [...unknown, ...twinsOf(table, target, context)]
  const column = target.kind === 'column' ? target.column : null
  const views = viewsOver(catalog, table, column).map((view) => `view ${formatRelation(view)}`)
  const others =
    column === null
      ? []
      : [
          ...objectsNaming(catalog, table, column),
          ...table.columns
            .filter(
              (one) =>
                one.generated !== null && (namedIn(`SELECT ${one.generated}`)?.columns.has(column) ?? true),
            )
            .map(({ name }) => `generated column ${quoteIdentifier(name)}`),
        ]
  return [...unknown, ...[...views, ...others].map((name) => `${name} uses it`)]
}

/** PostgreSQL hangs a foreign key on one index, and where two would do, nothing but its catalog tells on which. */
function twinsOf(
  table: TableSnapshot,
  target: Extract<CascadeTarget, { kind: 'key' }>,
  context: RecipeContext,
): readonly string[] {
  if (foreignKeysOn(table, target, context).length === 0) return []
  return table.indexes
    .filter(({ name, unique, partial, columns }) => {
      const plain = columns.filter((column) => column !== null)
      return name !== target.index && unique && !partial && isSameSet(plain, target.columns)
    })
    .map(
      ({ name }) =>
        `index ${quoteIdentifier(name)} is over the same columns, and a foreign key hangs on either`,
    )
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name))
}

/** Of a key constraint: what hangs on its index. Null: nothing hangs on a constraint of another kind. */
export function keyTargetOf(constraint: ConstraintSnapshot): CascadeTarget | null {
  const isKey = constraint.kind === 'unique' || constraint.kind === 'primary-key'
  return isKey
    ? { kind: 'key', columns: constraint.columns, index: constraint.index ?? constraint.name }
    : null
}

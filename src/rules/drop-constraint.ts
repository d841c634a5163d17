import type { ActionOf } from '../model/statement.ts'
import { quoteIdentifier } from '../postgres/identifier.ts'
import { formatRelation } from '../postgres/relation-name.ts'
import { generated } from '../sql/edit.ts'
import { defineRule } from './define-rule.ts'
import { cascadeSteps, keyTargetOf } from './steps/cascade-steps.ts'
import { dropConstraintSteps } from './steps/drop-constraint-steps.ts'
import { parsedAction } from './steps/parsed-action.ts'
import { inOrder, replacementFrom, spelled, type Recipe, type RecipeContext } from './steps/recipe.ts'

export default defineRule({
  id: 'drop-constraint',
  severity: 'info',
  recipe: ['R-17'],
  on: ['drop-constraint'],

  docs: {
    what: 'DROP CONSTRAINT of a CHECK, UNIQUE, PRIMARY KEY or EXCLUDE constraint.',
    why: 'The application that still runs may rely on it: on the refusal itself, or on the index of a key in ON CONFLICT. AccessExclusive is held for an instant.',
    instead:
      'Drop it once every running application can do without. migrate plan puts it in the contract phase and keeps the definition for the way back.',
    reference:
      'https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DROP-CONSTRAINT',
  },

  examples: {
    setup: `
      CREATE SCHEMA "Depot";
      CREATE TABLE "Depot".parts (
        id bigint CONSTRAINT "Parts_PK" PRIMARY KEY,
        sku text CONSTRAINT "each SKU once" UNIQUE,
        weight numeric CONSTRAINT weight_is_positive CHECK (weight > 0)
      );
      CREATE TABLE shelves (
        id bigint PRIMARY KEY,
        part bigint CONSTRAINT "Part of Shelf" REFERENCES "Depot".parts ON DELETE SET NULL
      );
      CREATE TABLE moves (at bigint NOT NULL CONSTRAINT "One at a time" UNIQUE);
      ALTER TABLE moves REPLICA IDENTITY USING INDEX "One at a time";
      INSERT INTO "Depot".parts SELECT n, 'sku ' || n, n FROM generate_series(1, 300) AS n;`,
    unsafe: [
      'ALTER TABLE "Depot".parts DROP CONSTRAINT weight_is_positive;',
      'ALTER TABLE "Depot".parts DROP CONSTRAINT "each SKU once", DROP CONSTRAINT "Parts_PK" CASCADE;',
      'ALTER TABLE moves DROP CONSTRAINT "One at a time";',
    ],
    safe: [
      'SET lock_timeout = \'100ms\'; ALTER TABLE "Depot".parts DROP CONSTRAINT IF EXISTS never_was_there;',
      'CREATE TABLE bins (a int CONSTRAINT small CHECK (a < 10)); ALTER TABLE bins DROP CONSTRAINT small;',
    ],
  },

  detect(action, { catalog, judged }) {
    if (judged.effect.locks.length === 0) return null
    const found = catalog.constraint(action.table, action.constraint)
    if (found === 'absent' || (typeof found === 'object' && found.kind === 'foreign-key')) return null
    const unknown = found === 'unknown' ? ', of which nothing is known,' : ''
    return {
      message: `${spelled(action.table, catalog)} loses constraint ${quoteIdentifier(action.constraint)}${unknown} at once, while the old application is still there.`,
    }
  },

  replace(action, context) {
    return replacementFrom(dropWithDependents(action, context), context)
  },
})

/** Without CASCADE, once what it would take along is gone. */
function dropWithDependents(action: ActionOf<'drop-constraint'>, context: RecipeContext): Recipe {
  const { catalog } = context
  if (!action.cascade) return dropConstraintSteps(action, context)
  const [table, constraint] = [
    catalog.table(action.table),
    catalog.constraint(action.table, action.constraint),
  ]
  if (typeof table !== 'object' || typeof constraint !== 'object') {
    return {
      cannot: `Nothing is known of ${quoteIdentifier(action.constraint)} of ${spelled(action.table, catalog)}, nor of what CASCADE takes along: give the earlier migrations or a database.`,
    }
  }
  const sql = generated(
    `ALTER TABLE ${formatRelation(table)} DROP CONSTRAINT ${quoteIdentifier(constraint.name)}`,
  )
  const drop = dropConstraintSteps(parsedAction(sql, 'drop-constraint'), context)
  const target = keyTargetOf(constraint)
  return target === null ? drop : inOrder([cascadeSteps(table, target, context), drop])
}

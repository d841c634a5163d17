/** R-33: ALTER TYPE … ADD VALUE, in a transaction of its own, so that whatever follows may use the value. */
import type { Catalog } from '../../catalog/catalog.ts'
import { tablesWithType } from '../../catalog/dependents.ts'
import type { ActionOf } from '../../model/statement.ts'
import { quoteLiteral } from '../../postgres/identifier.ts'
import { formatRelation, type QualifiedName } from '../../postgres/relation-name.ts'
import { addedEnumValue } from '../../sql/statement-facts.ts'
import { anyStatement, touching, typeObject } from './objects.ts'
import type { Recipe } from './recipe.ts'
import { ddlStep, undoNever } from './step-sketch.ts'

export interface AddedValue {
  readonly type: QualifiedName
  readonly value: string
}

/** Null: the statement adds no value to an enum. */
export function addedValue(action: ActionOf<'other'>, catalog: Catalog): AddedValue | null {
  const added = action.tag === 'ALTER TYPE' ? addedEnumValue(action.sql) : null
  return added === null ? null : { type: catalog.resolveType(added.type), value: added.value }
}

/** Tables with a column of the type, in words; null: none is known. */
export function tablesOfType(type: QualifiedName, catalog: Catalog): string | null {
  const tables = tablesWithType(catalog, type).map(formatRelation)
  return tables.length === 0 ? null : tables.sort().join(', ')
}

export function enumValueSteps(
  action: ActionOf<'other'>,
  { type, value }: AddedValue,
  catalog: Catalog,
): Recipe {
  const spelled = formatRelation(type)
  const literal = quoteLiteral(value)
  const tables = tablesOfType(type, catalog)
  const condition = { kind: 'enum-value' as const, type: spelled, value }
  return {
    steps: [
      ddlStep({
        slug: `add ${value} to ${type.name}`,
        phase: 'expand',
        title: `Add ${literal} to the values of ${spelled}`,
        sql: [action.sql],
        // Who uses the value, no text says for certain: nothing changes places with it.
        touches: touching({ changes: [typeObject(type), anyStatement] }),
        before: [{ ...condition, exists: false }],
        after: [{ ...condition, exists: true }],
        undo: undoNever(
          `PostgreSQL cannot take a value out of an enum, and rows may hold ${literal} by then`,
        ),
      }),
    ],
    notes: [
      `The running application must be able to read ${literal} of ${spelled}${tables === null ? '' : ` in ${tables}`} before anything writes it: deploy what reads it first, and what writes it later.`,
    ],
  }
}

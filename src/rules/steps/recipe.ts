import type { Catalog } from '../../catalog/catalog.ts'
import { formatRelation, type RelationName } from '../../postgres/relation-name.ts'
import type { Replacement } from '../define-rule.ts'
import { declareLocks } from './declare-locks.ts'
import type { StepSketch } from './step-sketch.ts'

/** What every recipe needs to know beside its action. */
export interface RecipeContext {
  /** As it is just before the action. */
  readonly catalog: Catalog
  readonly serverVersion: { readonly min: number; readonly max: number }
}

/** A replacement whose steps have no locks yet; recipes are put together from smaller ones. */
export type Recipe =
  | {
      readonly steps: readonly StepSketch[]
      readonly notes?: readonly string[]
      /** See `Replacement`. */
      readonly differences?: readonly string[]
    }
  | { readonly cannot: string }

export function replacementFrom(recipe: Recipe, { catalog, serverVersion }: RecipeContext): Replacement {
  if ('cannot' in recipe) return recipe
  return { ...recipe, steps: declareLocks(recipe.steps, catalog, serverVersion) }
}

/** The one spelling of a relation that an action names. */
export function spelled(relation: RelationName, catalog: Catalog): string {
  return formatRelation(catalog.resolve(relation))
}

/** Several recipes as one, in order; one that cannot be followed stops them all. */
export function inOrder(recipes: readonly Recipe[]): Recipe {
  const steps: StepSketch[] = []
  const notes: string[] = []
  const differences: string[] = []
  for (const recipe of recipes) {
    if ('cannot' in recipe) return recipe
    steps.push(...recipe.steps)
    notes.push(...(recipe.notes ?? []))
    differences.push(...(recipe.differences ?? []))
  }
  return { steps, notes, ...(differences.length === 0 ? {} : { differences }) }
}

/** No recipe of the catalogue is left open: a rule's example shows it, or a reason is given. */
import { resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { rules } from '../src/rules/index.ts'
import type { RecipeId } from '../src/rules/recipes.ts'
import { loadParser } from '../src/sql/parser.ts'
import { blocks, recipeBook, recipesOf } from './replacements/recipe-book.ts'
import { examplesOf } from './replacements/planned-example.ts'
import { recipePage } from './replacements/recipe-page.ts'
import { stepsOf } from './support/plan-scenario.ts'

beforeAll(loadParser)

/** Every example is planned, several times over. */
describe('the recipes', { timeout: 120_000 }, () => {
  it('are on their page', async () => {
    await expect(recipePage()).toMatchFileSnapshot(resolve(import.meta.dirname, '../docs/recipes.md'))
  })

  it.each([14, 15, 18])('have each an example that is planned, or a reason, on %d', (major) => {
    const flaws = recipeBook(major).flatMap(({ id, examples, unplanned }) => {
      const kinds = new Set(examples.map(({ verdict }) => verdict.kind))
      if (kinds.has('planned'))
        return unplanned === null ? [] : [`${id} is planned now: take its reason out of recipes.ts`]
      if (kinds.has('refused') || unplanned !== null) return []
      return [`${id} is named by no rule: say in recipes.ts why, or name it in the rule that plans it`]
    })
    expect(flaws).toEqual([])
  })

  it('are shown by an example where a rule names them', () => {
    const unshown = rules.flatMap((rule) => {
      const shown = examplesOf([rule]).flatMap(recipesOf)
      const named: readonly RecipeId[] = rule.recipe ?? []
      return named.filter((id) => !shown.includes(id)).map((id) => `${rule.id}: ${id}`)
    })
    const unnamed = examplesOf(rules).flatMap((example) =>
      recipesOf(example)
        .filter((id) => example.rule.recipe?.includes(id) !== true)
        .map((id) => `${example.rule.id} unsafe ${example.number}: ${id}`),
    )
    expect({ unshown, unnamed }).toEqual({ unshown: [], unnamed: [] })
  })

  it('have in each step of their plans a way back, or the reason why there is none', () => {
    const steps = recipeBook(15).flatMap(({ examples }) =>
      examples.flatMap(({ example, verdict }) =>
        verdict.kind === 'planned' ? stepsOf(verdict.plan).map((step) => ({ example, step })) : [],
      ),
    )
    const without = steps
      .filter(({ step: { undo } }) => (undo.kind === 'sql' ? undo.sql : undo.because).length === 0)
      .map(({ example, step }) => `${example.rule.id} ${example.number}: ${step.id}`)
    expect(steps.length).toBeGreaterThan(100)
    expect(without).toEqual([])
  })

  it.each(blocks)('are built of $id, $title', ({ isIn }) => {
    const plans = recipeBook(15).flatMap(({ examples }) =>
      examples.flatMap(({ verdict }) => (verdict.kind === 'planned' ? [verdict.plan] : [])),
    )
    expect(plans.filter(isIn).length).toBeGreaterThan(0)
  })
})

/** Small migrations of test/scenarios, and the plans that are made of them. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { emptyCatalog } from '../../src/catalog/replay.ts'
import { walk } from '../../src/effects/walk.ts'
import type { Plan, Step } from '../../src/model/plan.ts'
import type { Result } from '../../src/model/problem.ts'
import { makePlan } from '../../src/plan/make-plan.ts'
import type { Rule } from '../../src/rules/define-rule.ts'
import { rules as allRules } from '../../src/rules/index.ts'
import { parseScript } from '../../src/sql/parse-script.ts'

export const scenarioFolder = resolve(import.meta.dirname, '../scenarios')
export const scenarios = readdirSync(scenarioFolder)
const major = 15

export function readScenario(scenario: string, file: string): string {
  return readFileSync(join(scenarioFolder, scenario, file), 'utf8')
}

function catalogAfter(sql: string): Catalog {
  const script = parseScript(sql, 'base.sql')
  if (script.problems.length > 0) throw new Error(script.problems.map(({ message }) => message).join('\n'))
  const catalog = emptyCatalog({ complete: true, searchPath: ['public'] })
  return walk(script.statements, { transaction: 'file', catalog, serverVersion: { min: major, max: major } })
    .catalog
}

export interface Given {
  readonly base: string
  readonly pending: readonly string[]
  readonly rules?: readonly Rule[]
}

/** Files `001_change.sql`, `002_change.sql`, …, each wrapped in a transaction by its runner. */
export function planFor({ base, pending, rules = allRules }: Given): Result<Plan> {
  return makePlan({
    id: 'scenario',
    pending: pending.map((text, at) => {
      const version = String(at + 1).padStart(3, '0')
      const path = `${version}_change.sql`
      return {
        migration: {
          version,
          name: 'change',
          direction: 'up',
          path,
          layout: 'plain',
          text,
          sha256: createHash('sha256').update(text).digest('hex'),
          transaction: 'file',
        },
        script: parseScript(text, path),
      }
    }),
    catalog: catalogAfter(base),
    base: { from: 'nothing', versions: [] },
    server: { major, stallBudgetMs: 200 },
    invariants: [],
    rules,
  })
}

export function stepsOf(plan: Plan): readonly Step[] {
  return plan.stages.flatMap(({ phases }) => phases.flatMap(({ steps }) => steps))
}

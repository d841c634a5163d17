import { beforeAll, expect, it } from 'vitest'
import { emptyCatalog } from '../../catalog/replay.ts'
import { parseScript } from '../../sql/parse-script.ts'
import { loadParser } from '../../sql/parser.ts'
import type { Recipe } from './recipe.ts'
import { uniqueSteps } from './unique-steps.ts'

beforeAll(() => loadParser())

function recipe(sql: string): Recipe {
  const action = parseScript(sql, 'test.sql').statements[0]?.actions[0]
  if (action?.kind !== 'add-constraint' || action.constraint.kind !== 'unique') throw new Error(sql)
  const catalog = emptyCatalog({ complete: false, searchPath: ['public'] })
  return uniqueSteps(action, action.constraint, { catalog, serverVersion: { min: 15, max: 15 } })
}

it('loses no option of the index', () => {
  expect(recipe('ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)')).toHaveProperty('steps')
  for (const option of ['WITH (fillfactor = 70)', 'USING INDEX TABLESPACE fast']) {
    expect(recipe(`ALTER TABLE t ADD CONSTRAINT u UNIQUE (a) ${option}`)).toMatchObject({
      cannot: expect.stringContaining('USING INDEX'),
    })
  }
})

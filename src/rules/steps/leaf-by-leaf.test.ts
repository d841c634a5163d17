import { beforeAll, expect, it } from 'vitest'
import { emptyCatalog, replay } from '../../catalog/replay.ts'
import { parseScript } from '../../sql/parse-script.ts'
import { loadParser } from '../../sql/parser.ts'
import { indexSteps } from './partitioned-index-steps.ts'
import { keySteps } from './partitioned-key-steps.ts'
import { referenceSteps } from './partitioned-reference-steps.ts'
import type { Recipe } from './recipe.ts'

beforeAll(loadParser)

const tables = `CREATE TABLE people (id bigint PRIMARY KEY);
CREATE TABLE visits (at date NOT NULL, person bigint) PARTITION BY RANGE (at);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX visits_1_person ON visits_1 (person);`

function recipeOf(sql: string, { complete = true, major = 15 } = {}): Recipe {
  const start = emptyCatalog({ complete, searchPath: ['public'] })
  const catalog = parseScript(tables, 'a.sql')
    .statements.flatMap(({ actions }) => actions)
    .reduce(replay, start)
  const context = { catalog, serverVersion: { min: major, max: major } }
  const [action] = parseScript(sql, 'b.sql').statements.flatMap(({ actions }) => actions)
  if (action?.kind === 'create-index') return indexSteps(action, action.index ?? 'i', context)
  if (action?.kind !== 'add-constraint') throw new Error(`no action for ${sql}`)
  const { constraint } = action
  if (constraint.kind === 'foreign-key') return referenceSteps(action, constraint, context)
  if (constraint.kind !== 'unique' && constraint.kind !== 'primary-key') throw new Error(`no key: ${sql}`)
  return keySteps(action, constraint, context)
}

const statements = [
  'CREATE INDEX visits_at ON visits (at)',
  'ALTER TABLE visits ADD UNIQUE (at)',
  'ALTER TABLE visits ADD FOREIGN KEY (person) REFERENCES people',
]

it.each(statements)('%s is refused where there may be more partitions than are known', (sql) => {
  expect(recipeOf(sql)).toHaveProperty('steps')
  expect(recipeOf(sql, { complete: false })).toMatchObject({
    cannot: expect.stringContaining('Which partitions public.visits has is not known for sure'),
  })
})

it('refuses an index of which a partition has the like', () => {
  expect(recipeOf('CREATE INDEX visits_person ON visits (person)')).toMatchObject({
    cannot: expect.stringContaining('public.visits_1 has an index like this one already'),
  })
})

it('loses no option of an index', () => {
  expect(recipeOf('ALTER TABLE visits ADD UNIQUE (at) WITH (fillfactor = 70)')).toMatchObject({
    cannot: expect.stringContaining('USING INDEX'),
  })
})

it('refuses a primary key from 18 on, and a foreign key that is NOT VALID before it', () => {
  const key = 'ALTER TABLE visits ADD PRIMARY KEY (at)'
  expect(recipeOf(key, { major: 17 })).toHaveProperty('steps')
  expect(recipeOf(key, { major: 18 })).toHaveProperty('cannot')
  const reference = 'ALTER TABLE visits ADD FOREIGN KEY (person) REFERENCES people NOT VALID'
  expect(recipeOf(reference, { major: 17 })).toHaveProperty('cannot')
  expect(recipeOf(reference, { major: 18 })).toHaveProperty('steps')
})

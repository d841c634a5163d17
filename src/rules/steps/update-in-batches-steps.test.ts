import { beforeAll, describe, expect, it } from 'vitest'
import { emptyCatalog, replay, startBatch } from '../../catalog/replay.ts'
import type { Action } from '../../model/statement.ts'
import { parseScript } from '../../sql/parse-script.ts'
import { loadParser } from '../../sql/parser.ts'
import type { Recipe } from './recipe.ts'
import { updateInBatchesSteps } from './update-in-batches-steps.ts'

beforeAll(() => loadParser())

function actionsOf(sql: string): readonly Action[] {
  return parseScript(sql, 'test.sql').statements.flatMap(({ actions }) => actions)
}

/** The last statement of `pending` is the UPDATE. */
function recipe(base: string, pending: string): Recipe {
  const start = startBatch(
    actionsOf(base).reduce(replay, emptyCatalog({ complete: true, searchPath: ['public'] })),
  )
  const actions = actionsOf(pending)
  const update = actions.at(-1)
  if (update?.kind !== 'update') throw new Error(`no UPDATE: ${pending}`)
  return updateInBatchesSteps(update, { catalog: actions.slice(0, -1).reduce(replay, start), triggers: null })
}

function questions(given: Recipe): number {
  if ('cannot' in given) throw new Error(given.cannot)
  return given.steps.flatMap(({ after }) => after).length
}

describe('the question at the end', () => {
  const fresh = "ALTER TABLE t ADD COLUMN c text DEFAULT 'new'; UPDATE t SET c = 'new'"

  it('is asked of a column that is pending too', () => {
    expect(questions(recipe('CREATE TABLE t (id int PRIMARY KEY)', fresh))).toBe(1)
    expect(questions(recipe('CREATE TABLE t (id int)', fresh))).toBe(1)
  })

  it('is not asked of a column to which the application may write something else', () => {
    const base = "CREATE TABLE t (id int PRIMARY KEY, c text DEFAULT 'new')"
    expect(questions(recipe(base, "UPDATE t SET c = 'new'"))).toBe(0)
    expect(questions(recipe(base, "ALTER TABLE t ADD COLUMN d int; UPDATE t SET c = 'new'"))).toBe(0)
  })

  it.each([
    'ALTER TABLE t ADD COLUMN a int[]; UPDATE t SET a[1] = 2',
    'ALTER TABLE t ADD COLUMN a int DEFAULT 1; UPDATE t SET a = DEFAULT',
  ])('is not asked where it has no answer: %s', (pending) => {
    expect(questions(recipe('CREATE TABLE t (id int PRIMARY KEY)', pending))).toBe(0)
  })
})

describe('there are no batches', () => {
  it.each([
    [
      'without a key',
      "CREATE TABLE t (id int, c text DEFAULT 'new')",
      "UPDATE t SET c = 'new'",
      'add a primary key',
    ],
    [
      'without a key, of ONLY one table',
      'CREATE TABLE t (id int)',
      "ALTER TABLE t ADD COLUMN c text DEFAULT 'new'; UPDATE ONLY t SET c = 'new'",
      'add a primary key',
    ],
    [
      'where a deferrable key is set',
      'CREATE TABLE t (id int PRIMARY KEY, place int CONSTRAINT places UNIQUE DEFERRABLE)',
      'UPDATE t SET place = 7 - id',
      'places',
    ],
  ])('%s', (_, base, pending, why) => {
    expect(recipe(base, pending)).toMatchObject({ cannot: expect.stringContaining(why) })
  })
})

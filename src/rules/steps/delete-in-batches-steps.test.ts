import { beforeAll, describe, expect, it } from 'vitest'
import { emptyCatalog, replay, startBatch } from '../../catalog/replay.ts'
import type { Action } from '../../model/statement.ts'
import { parseScript } from '../../sql/parse-script.ts'
import { loadParser } from '../../sql/parser.ts'
import { deleteInBatchesSteps } from './delete-in-batches-steps.ts'
import type { Recipe } from './recipe.ts'

beforeAll(() => loadParser())

function actionsOf(sql: string): readonly Action[] {
  return parseScript(sql, 'test.sql').statements.flatMap(({ actions }) => actions)
}

const tables = 'CREATE TABLE t (id int PRIMARY KEY, of_u int, n int); CREATE TABLE u (id int PRIMARY KEY);'

function recipe(base: string, sql: string): Recipe {
  const empty = emptyCatalog({ complete: true, searchPath: ['public'] })
  const catalog = startBatch(actionsOf(tables + base).reduce(replay, empty))
  const [action] = actionsOf(sql)
  if (action?.kind !== 'delete') throw new Error(`no DELETE: ${sql}`)
  return deleteInBatchesSteps(action, { catalog, triggers: null })
}

describe('there are no batches', () => {
  const trigger = 'CREATE TRIGGER "On t" AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION f();'
  const setNull = 'CREATE TABLE v (id int PRIMARY KEY, t int REFERENCES t ON DELETE SET NULL);'

  it.each([
    [
      'of a name in WITH that reads it',
      '',
      'WITH w AS (SELECT * FROM t) DELETE FROM t USING w WHERE w.n = t.n',
      'reads public.t itself',
    ],
    [
      'of a view over it',
      'CREATE VIEW x AS SELECT id FROM t;',
      'DELETE FROM t WHERE id IN (SELECT id FROM x)',
      'reads public.t itself',
    ],
    [
      'of its partitioned table',
      'CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p DEFAULT;',
      'DELETE FROM p1 WHERE id IN (SELECT id + 1 FROM p)',
      'reads public.p1 itself',
    ],
    [
      'of a table that it sets NULL',
      setNull,
      'DELETE FROM t WHERE id IN (SELECT t FROM v)',
      'changes itself by ON DELETE SET NULL',
    ],
    [
      'of a table two cascades away',
      'CREATE TABLE v (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE); CREATE TABLE w (v int REFERENCES v ON DELETE CASCADE);',
      'DELETE FROM t WHERE NOT EXISTS (SELECT FROM w WHERE w.v = t.n)',
      'reads public.w, which it changes itself by ON DELETE CASCADE',
    ],
    [
      'where its own key changes what tells the rows',
      'ALTER TABLE t ADD FOREIGN KEY (of_u) REFERENCES t ON DELETE SET NULL;',
      'DELETE FROM t WHERE of_u > 3',
      'changes by set null what later batches are told by',
    ],
    [
      'where rows of a cascade refer to the table',
      'CREATE TABLE v (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE, other int REFERENCES t);',
      'DELETE FROM t',
      'refer to one another by v_other_fkey of public.v',
    ],
    [
      'by a window',
      '',
      'DELETE FROM t WHERE id IN (SELECT row_number() OVER () FROM u)',
      'a window function',
    ],
    ['of a sample', '', 'DELETE FROM t USING u TABLESAMPLE SYSTEM (1) WHERE u.id = t.id', 'TABLESAMPLE'],
    [
      'with a volatile function in a subquery',
      '',
      'DELETE FROM t WHERE of_u IN (SELECT id * random() FROM u)',
      'random() is volatile',
    ],
    ['of a table that nobody knows', '', 'DELETE FROM elsewhere', 'Nothing is known of public.elsewhere'],
    ['with triggers, unless told', trigger, 'DELETE FROM t', '"On t" on public.t'],
  ])('%s', (_, base, sql, why) => {
    expect(recipe(base, sql)).toMatchObject({ cannot: expect.stringContaining(why) })
  })
})

describe('a DELETE in batches', () => {
  it('relies on the rows and columns that it reads elsewhere, and changes those that its keys reach', () => {
    const base =
      'CREATE TABLE v (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE); CREATE TABLE w (t int REFERENCES t);'
    expect(recipe(base, 'DELETE FROM t WHERE NOT EXISTS (SELECT FROM u WHERE u.id = of_u)')).toMatchObject({
      steps: [
        {
          touches: {
            reads: expect.arrayContaining([
              'column public.u.id',
              'rows public.u',
              'column public.t.of_u',
              'rows public.w',
            ]),
            changes: ['rows public.t', 'rows public.v'],
          },
        },
      ],
      notes: expect.arrayContaining([expect.stringContaining('asks public.u anew')]),
    })
  })
})

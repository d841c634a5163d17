import { beforeAll, expect, it } from 'vitest'
import { loadParser } from './parser.ts'
import { scalarQuery } from './scalar-query.ts'

beforeAll(loadParser)

it.each([
  ['(SELECT id FROM networks)', 'SELECT id FROM networks'],
  ['( (SELECT id FROM networks LIMIT 1) )', 'SELECT id FROM networks'],
  ['(SELECT id FROM s."N" -- any\n LIMIT 1)', 'SELECT id FROM s."N"'],
  ['(SELECT id FROM n FETCH FIRST ROW ONLY)', 'SELECT id FROM n'],
  // The first of several is a certain one.
  ['(SELECT id FROM n ORDER BY id LIMIT 1)', 'SELECT id FROM n ORDER BY id LIMIT 1'],
  ['(SELECT a.id FROM n AS a, m WHERE a.id = m.id)', 'SELECT a.id FROM n AS a, m WHERE a.id = m.id'],
])('%s is asked as %s', (expression, sql) => {
  expect(scalarQuery(expression)?.sql).toBe(sql)
})

it.each([
  '1',
  "'(SELECT 1 FROM t)'",
  '(SELECT 1)',
  '(SELECT a, b FROM t)',
  '(SELECT * FROM t)',
  '(SELECT t.* FROM t)',
  '(SELECT a FROM t LIMIT 2)',
  '(SELECT a FROM t LIMIT ALL)',
  '(SELECT a FROM t OFFSET 1)',
  '(SELECT a FROM t LIMIT 1 OFFSET 1)',
  '(SELECT a FROM t ORDER BY a FETCH FIRST 1 ROWS WITH TIES)',
  '(SELECT a FROM t FOR SHARE)',
  '(SELECT a FROM t UNION SELECT b FROM u)',
  '(WITH t AS (SELECT 1 AS a) SELECT a FROM t)',
  'ARRAY(SELECT a FROM t)',
  'EXISTS (SELECT a FROM t)',
  '(SELECT a FROM t) || 1',
])('%s is none', (expression) => {
  expect(scalarQuery(expression)).toBeNull()
})

it('says what it names', () => {
  expect(
    scalarQuery('(SELECT a.x FROM s.n AS a JOIN (SELECT y FROM m) AS b ON a.x = b.y WHERE z = "T".o)'),
  ).toMatchObject({
    reads: [
      { schema: 's', name: 'n' },
      { schema: null, name: 'm' },
    ],
    columns: expect.arrayContaining([
      { qualifier: 'a', name: 'x' },
      { qualifier: null, name: 'z' },
      { qualifier: 'T', name: 'o' },
    ]),
    names: new Set(['a', 'b', 'm']),
  })
})

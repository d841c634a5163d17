import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Expression } from '../model/statement.ts'
import { parseScript } from './parse-script.ts'
import { loadParser } from './parser.ts'

beforeAll(loadParser)

function only(sql: string) {
  const { statements, problems } = parseScript(sql, 'a.sql')
  expect(problems).toEqual([])
  expect(statements).toHaveLength(1)
  const [action, ...others] = statements[0]?.actions ?? []
  if (action === undefined || others.length > 0) throw new Error(`not one action: ${sql}`)
  return action
}

/** What the grammar allows without parentheses after DEFAULT, too. */
const operands = [
  '1',
  "'a, b; FROM WHERE'",
  "'😀é'",
  '(1, 2)',
  'ARRAY[1, 2]',
  "ARRAY['a,b']::text[]",
  'f(a, b) -- , why FROM\n + 1',
  'a /* WHERE, */ + b',
  '$$,RETURNING$$',
  'extract(year FROM d)',
  "'1 day'::interval",
  'CASE WHEN a THEN b ELSE c END',
  '(SELECT max(x) FROM s WHERE s.y = 1)',
  'm[1]',
  'CAST(a AS numeric(3, 2))',
  'a IS DISTINCT FROM b',
  'count(*) FILTER (WHERE a)',
]
const conditions = [
  'a AND b',
  'a IS NOT NULL OR c IN (1, 2)',
  'NOT EXISTS (SELECT 1 FROM s WHERE true)',
  "a BETWEEN 1 AND 2 AND b LIKE '%,%'",
]

describe('the SQL of an expression', () => {
  const any = fc.constantFrom(...operands, ...conditions)
  const operand = fc.constantFrom(...operands)

  it('is the author’s own, wherever it stands in a table', () => {
    fc.assert(
      fc.property(operand, any, any, (value, check, generation) => {
        const action = only(
          `CREATE TABLE t (a int CONSTRAINT "default" DEFAULT ${value} CONSTRAINT "check" CHECK (${check}) COLLATE "C" NOT NULL,
            b text GENERATED ALWAYS AS (${generation}) STORED, CONSTRAINT u UNIQUE (a), CHECK (${check}) NO INHERIT)`,
        )
        expect(action).toMatchObject({
          kind: 'create-table',
          columns: [
            {
              default: { sql: value },
              notNull: true,
              collation: '"C"',
              constraints: [{ name: 'check', expression: { sql: check } }],
            },
            { generated: { expression: { sql: generation }, stored: true } },
          ],
          constraints: [{ name: 'u' }, { expression: { sql: check }, noInherit: true }],
        })
      }),
    )
  })

  it('is the author’s own in ALTER TABLE, whatever the subcommands before and behind', () => {
    fc.assert(
      fc.property(operand, any, any, (value, whole, check) => {
        const { statements } = parseScript(
          `ALTER TABLE IF EXISTS ONLY "a.b" ADD d int DEFAULT ${value} REFERENCES x, ALTER set SET DEFAULT ${whole},
            ALTER COLUMN "using" TYPE text COLLATE "C" USING ${whole}, ADD CONSTRAINT "check" CHECK (${check}) NOT VALID`,
          'a.sql',
        )
        expect(statements[0]?.actions).toMatchObject([
          { kind: 'add-column', column: { default: { sql: value }, constraints: [{ kind: 'foreign-key' }] } },
          { kind: 'set-default', column: 'set', default: { sql: whole } },
          { kind: 'alter-column-type', column: 'using', using: { sql: whole }, collation: '"C"' },
          { kind: 'add-constraint', constraint: { expression: { sql: check }, notValid: true } },
        ])
      }),
    )
  })

  it('is the author’s own in UPDATE and DELETE', () => {
    const tail = fc.constantFrom('', ' RETURNING a, b', ' RETURNING *')
    fc.assert(
      fc.property(any, any, any, tail, (first, second, where, returning) => {
        const returns = returning !== ''
        expect(
          only(`WITH w AS (SELECT 1) UPDATE ONLY s.t AS set SET a = ${first}, (b, "c,") = (${second}, ROW(1)), d[1] = ${second}
            FROM w, x JOIN y ON true WHERE ${where}${returning}`),
        ).toMatchObject({
          kind: 'update',
          set: [
            { column: 'a', expression: { sql: first } },
            { column: 'b', expression: { sql: second } },
            { column: 'c,', expression: { sql: 'ROW(1)' } },
            { column: 'd', expression: { sql: second } },
          ],
          where: { sql: where },
          returning: returns,
        })
        expect(only(`DELETE FROM t USING u WHERE ${where}${returning}`)).toMatchObject({
          kind: 'delete',
          where: { sql: where },
          returning: returns,
        })
      }),
    )
  })

  it('takes one column out of a query that sets several', () => {
    expect(only('UPDATE t SET (a, "B") = (SELECT x, y FROM s UNION SELECT 1, 2), c = DEFAULT')).toMatchObject(
      {
        set: [
          {
            column: 'a',
            expression: {
              sql: '(SELECT a FROM (SELECT x, y FROM s UNION SELECT 1, 2) AS assigned (a, "B"))',
              hasSubquery: true,
            },
          },
          { column: 'B', expression: { hasSubquery: true } },
          { column: 'c', expression: { sql: 'DEFAULT', constant: false } },
        ],
      },
    )
    expect(only('UPDATE t SET (a, b) = ROW (1, lower(x))')).toMatchObject({
      set: [{ expression: { sql: '1' } }, { expression: { sql: 'lower(x)' } }],
    })
  })
})

describe('what is known of an expression', () => {
  const known = (sql: string): Expression => {
    const action = only(`ALTER TABLE t ALTER c SET DEFAULT ${sql}`)
    if (action.kind !== 'set-default') throw new Error(sql)
    return action.default
  }

  it.each([
    ['1', true],
    ['-1.5', true],
    ["'a'", true],
    ['NULL::text', true],
    ["'{}'::jsonb", true],
    ["'2020-01-01'::timestamp", true],
    ['ARRAY[]::text[]', true],
    ["ARRAY['a', 'b']", true],
    ['\'a\' COLLATE "C"', true],
    ["'now'::text", true],
    ["'now'::timestamptz", false],
    ["date 'Tomorrow'", false],
    ["'t'::regclass", false],
    ['now()', false],
    ['CURRENT_DATE', false],
    ['a', false],
    ['1 + 1', false],
    ['(SELECT 1)', false],
  ])('%s constant: %s', (sql, constant) => {
    expect(known(sql).constant).toBe(constant)
  })

  it('NULL, columns, functions and subqueries', () => {
    expect(known('NULL::int').isNull).toBe(true)
    expect(known("'NULL'").isNull).toBe(false)
    expect(known('lower(t.b) || "A" || pg_catalog.lower(b) || t.*::text')).toMatchObject({
      columns: ['b', 'A', '*'],
      functions: ['lower', 'pg_catalog.lower'],
      hasSubquery: false,
    })
    expect(known("CURRENT_TIMESTAMP(3) AT TIME ZONE 'UTC' + extract(day FROM x)").functions).toEqual([
      'current_timestamp',
      'timezone',
      'extract',
    ])
    expect(known('(SELECT max(x) FROM y)')).toMatchObject({
      hasSubquery: true,
      functions: ['max'],
      columns: ['x'],
    })
  })
})

it.each([
  ['c IS NOT NULL', ['c']],
  ['t.c IS NOT NULL AND ("D" IS NOT NULL AND e > 0)', ['c', 'D']],
  ['c > 0 AND c IS NOT NULL', ['c']],
  ['c > 0', []],
  ['c > 0 OR c IS NOT NULL', []],
  ['NOT (c IS NULL)', []],
  ['(a, b) IS NOT NULL', []],
  ['c + 1 IS NOT NULL', []],
])('CHECK (%s) proves not null: %j', (sql, provesNotNull) => {
  expect(only(`ALTER TABLE t ADD CHECK (${sql})`)).toMatchObject({ constraint: { provesNotNull } })
  expect(only(`ALTER TABLE t ADD CHECK (${sql}) NOT ENFORCED`)).toMatchObject({
    constraint: { provesNotNull: [], notValid: true },
  })
})

/** What a column keeps when its type changes under its own name: what a client reads of it, and what it may send. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { interchange } from '../src/postgres/interchangeable-type.ts'
import { syncValue } from '../src/rules/steps/sync-trigger.ts'
import { createTestDatabase, type TestDatabase } from './support/database.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})

afterAll(() => database.drop())

/** Values as a client sends them, and those that the new type cannot hold. */
const pairs: readonly (readonly [
  from: string,
  to: string,
  fit: readonly string[],
  not: readonly string[],
])[] = [
  ['integer', 'bigint', ['0', '-2147483648', '2147483647'], []],
  ['bigint', 'integer', ['0', '-2147483648', '2147483647'], ['2147483648', '-9223372036854775808']],
  ['smallint', 'integer', ['-32768', '32767'], []],
  ['text', 'character varying(5)', ['', 'a', 'äöü é'], ['123456', 'spaces  ']],
  ['character varying(9)', 'text', ['', 'a b c d e'], []],
  ['character(5)', 'character varying(5)', ['', 'abcde', 'ä b', 'blank '], []],
  ['character(3)', 'text', ['', 'abc'], []],
  ['character varying(9)', 'character varying(3)', ['abc', ''], ['abcd']],
  ['numeric(10,2)', 'numeric(14,2)', ['12345678.90', '-0.01'], []],
  ['numeric(14,2)', 'numeric(6,2)', ['9999.99', '-9999.99'], ['10000.00']],
  ['numeric', 'numeric(4,0)', ['12', '9999'], ['10000', '1e30', 'NaN']],
  ['json', 'jsonb', ['null', '[1, 2]', '{"a": "b"}'], []],
  ['real', 'double precision', ['1.5', '-0.25', 'NaN', 'Infinity'], []],
  ['timestamp with time zone', 'timestamp(6) with time zone', ['2026-01-01 00:00:00.123456+00'], []],
]

describe('pairs of types that clients can interchange', () => {
  it.each(pairs)('%s to %s', async (from, to, fit, not) => {
    const values = interchange(from, to)
    expect(values).not.toBeNull()
    if (values === null) return
    const ask = async (value: string): Promise<{ read: string | null; back: string | null; was: string }> => {
      const [row] = await database.session.query<{ read: string | null; back: string | null; was: string }>(
        `WITH given AS (SELECT $1::${from} AS v), changed AS (SELECT v, ${syncValue(values.up, 'v')}::${to} AS w FROM given)
         SELECT w::text AS read, ${syncValue(values.down, 'w')}::text AS back, v::text AS was FROM changed`,
        [value],
      )
      if (row === undefined) throw new Error('no row')
      return row
    }
    for (const value of fit) {
      const { read, back, was } = await ask(value)
      expect([read, back], value).toEqual([was, was])
    }
    for (const value of not) expect((await ask(value)).read, value).toBeNull()
  })

  it.each([
    ['integer', 'text'],
    ['text', 'jsonb'],
    ['integer', 'uuid'],
    ['text', 'character(5)'],
    ['character varying(5)', 'character(5)'],
    ['character(5)', 'character varying(4)'],
    ['character(5)', 'character(6)'],
    ['character(5)[]', 'text[]'],
    ['timestamp with time zone', 'timestamp without time zone'],
    ['integer[]', 'bigint[]'],
    ['numeric(10,2)', 'integer'],
    ['boolean', 'integer'],
    ['public.mood', 'text'],
  ])('%s to %s is none', (from, to) => {
    expect(interchange(from, to)).toBeNull()
  })

  it('of character(n) a client no longer gets the blanks, in text and binary, and finds the same rows', async () => {
    const rows = await database.session.query(
      `WITH given AS (SELECT 'ab'::character(4) AS v), changed AS (SELECT v, v::character varying AS w FROM given)
       SELECT v, w, encode(bpcharsend(v), 'hex') AS "vBinary", encode(varcharsend(w), 'hex') AS "wBinary",
              v = $1 AS "vFound", w = $1 AS "wFound" FROM changed`,
      ['ab'],
    )
    expect(rows).toEqual([
      { v: 'ab  ', w: 'ab', vBinary: '61622020', wBinary: '6162', vFound: true, wFound: true },
    ])
  })
})

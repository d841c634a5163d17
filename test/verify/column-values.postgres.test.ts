import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFillableColumns } from '../../src/verify/column-type.ts'
import { valuesOf } from '../../src/verify/column-values.ts'
import { randomFrom } from '../../src/verify/random.ts'
import { literalsIn } from '../../src/verify/sql-literals.ts'
import type { TestDatabase } from '../support/database.ts'
import { createTestDatabase } from '../support/database.ts'

/** SQL type → how many distinct values it must have for a unique column of 200 rows; null: it has only a few. */
const types: Readonly<Record<string, number | null>> = {
  smallint: 200,
  integer: 200,
  bigint: 200,
  oid: 200,
  numeric: 200,
  'numeric(8,2)': 200,
  'numeric(3,3)': 200,
  'numeric(5,0)': 200,
  'numeric(2,1)': 100,
  real: 200,
  'double precision': 200,
  money: 200,
  boolean: null,
  text: 200,
  name: 200,
  'character varying(40)': 200,
  'character varying(3)': 200,
  'character(2)': 200,
  '"char"': null,
  uuid: 200,
  json: 200,
  jsonb: 200,
  bytea: 200,
  date: 200,
  timestamp: 200,
  'timestamp(0)': 200,
  timestamptz: 200,
  time: 200,
  timetz: 200,
  interval: 200,
  'interval day': null,
  inet: 200,
  cidr: 200,
  macaddr: 200,
  macaddr8: 200,
  'bit(9)': 200,
  'bit varying(12)': 200,
  'bit varying': 200,
  point: 200,
  line: 200,
  lseg: 200,
  box: 200,
  path: 200,
  polygon: 200,
  circle: 200,
  tsvector: 200,
  tsquery: 200,
  pg_lsn: 200,
  int4range: 200,
  int8range: 200,
  numrange: 200,
  tsrange: 200,
  tstzrange: 200,
  daterange: 200,
  int4multirange: 200,
  tstzmultirange: 200,
  'integer[]': 200,
  'text[]': 200,
  'numeric(4,2)[]': 200,
  'timestamptz[]': 200,
  mood: null,
  'mood[]': null,
  pair: null,
  email: 200,
  code: 200,
}

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  await database.session.execute(`
    CREATE TYPE mood AS ENUM ('so so', 'it''s "fine"', 'a,b');
    CREATE TYPE pair AS (a int, b text, c date);
    CREATE DOMAIN email AS text;
    CREATE DOMAIN code AS varchar(6);
    CREATE DOMAIN short_code AS code NOT NULL CHECK (VALUE <> 'never');
    CREATE TABLE filled (${Object.keys(types)
      .map((type, at) => `c${at} ${type}`)
      .join(', ')}, short short_code, own serial, made int GENERATED ALWAYS AS (c1) STORED)`)
})
afterAll(() => database.drop())

describe('values for a column', () => {
  it('are all taken by the server, and as many are distinct as a unique key needs', async () => {
    const columns = (await readFillableColumns(database.session)).get('public\u0000filled') ?? []
    const refused: string[] = []
    for (const [at, [type, distinct]] of Object.entries(types).entries()) {
      const column = columns[at]
      const values = column === undefined ? null : valuesOf(column.type)
      if (values === null) {
        refused.push(`${type}: no values`)
        continue
      }
      const random = randomFrom(at)
      const many = Array.from({ length: 200 }, (_, ordinal) => values.distinct(ordinal + 10))
      const ordinary = Array.from({ length: 20 }, () => values.ordinary(random))
      const [row] = await database.session
        .query<{ distinct: number }>(
          `SELECT count(DISTINCT value::text) FILTER (WHERE place <= 200)::int AS distinct
             FROM (SELECT v::${type} AS value, n AS place FROM unnest($1::text[]) WITH ORDINALITY AS u (v, n)) t`,
          [[...many, ...ordinary, ...values.odd]],
        )
        .catch((error: unknown) => {
          refused.push(`${type}: ${String(error)}`)
          return []
        })
      if (distinct !== null && row !== undefined && row.distinct < distinct) {
        refused.push(`${type}: ${row.distinct} distinct`)
      }
    }
    expect(refused).toEqual([])
  })

  it('fit the column without being cut, which an assignment would refuse', async () => {
    const columns = (await readFillableColumns(database.session)).get('public\u0000filled') ?? []
    for (const [at, column] of columns.slice(0, Object.keys(types).length).entries()) {
      for (const value of valuesOf(column.type)?.odd ?? []) {
        const sql = `INSERT INTO filled (c${at}, short) VALUES ($1, 'x')`
        expect(await database.session.change(sql, [value])).toEqual({ rowsAffected: 1 })
      }
    }
  })

  it('know of domains, sequences and generated columns', async () => {
    const columns = (await readFillableColumns(database.session)).get('public\u0000filled') ?? []
    expect(columns.slice(-3)).toMatchObject([
      {
        name: 'short',
        type: { kind: 'base', name: 'varchar', modifier: 10 },
        notNull: true,
        filledByServer: false,
        domainChecks: [{ name: 'short_code_check' }],
      },
      { name: 'own', filledByServer: true },
      { name: 'made', filledByServer: true },
    ])
  })
})

describe('literalsIn', () => {
  it('finds strings and numbers, and nothing in comments, names or words', () => {
    expect(
      literalsIn(
        `CHECK (("Status 9" = ANY (ARRAY['new'::text, 'it''s'])) AND amount10 >= 5) -- 'no' 7\n /* 'no' */ 'open`,
      ),
    ).toEqual(['new', "it's", '5', '6', '4', 'open'])
  })
})

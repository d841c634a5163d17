import { beforeAll, expect, it } from 'vitest'
import { parseScript } from './parse-script.ts'
import { loadParser } from './parser.ts'

beforeAll(loadParser)

it.each([
  ['int8', 'bigint'],
  ['INT', 'integer'],
  ['int2', 'smallint'],
  ['serial8', 'bigserial'],
  ['bool', 'boolean'],
  ['float(24)', 'real'],
  ['float', 'double precision'],
  ['decimal(10, 2)', 'numeric(10,2)'],
  ['numeric(3,-2)', 'numeric(3,-2)'],
  ['varchar', 'varchar'],
  ['character varying(255)', 'varchar(255)'],
  ['char', 'char(1)'],
  ['bpchar', 'bpchar'],
  ['"char"', '"char"'],
  ['varbit(3)', 'bit varying(3)'],
  ['bit', 'bit(1)'],
  ['timestamptz', 'timestamp with time zone'],
  ['timestamp(3) with time zone', 'timestamp(3) with time zone'],
  ['timestamp', 'timestamp'],
  ['timetz(2)', 'time(2) with time zone'],
  ['interval', 'interval'],
  ['interval(3)', 'interval(3)'],
  ['interval year to month', 'interval year to month'],
  ['interval day to second(2)', 'interval day to second(2)'],
  ['numeric(3,2)[][4]', 'numeric(3,2)[]'],
  ['text ARRAY', 'text[]'],
  ['jsonb', 'jsonb'],
  ['public.email', 'public.email'],
  ['"Odd Type"', '"Odd Type"'],
  ['app."User"', 'app."User"'],
  ['geometry(Point, 4326)', 'geometry(point,4326)'],
])('spells %s as %s', (written, type) => {
  const [statement] = parseScript(`ALTER TABLE t ADD COLUMN c ${written}`, 'a.sql').statements
  expect(statement?.actions).toMatchObject([{ kind: 'add-column', column: { type } }])
  const [again] = parseScript(`ALTER TABLE t ADD COLUMN c ${type}`, 'a.sql').statements
  expect(again?.actions).toMatchObject([{ column: { type } }])
})

import { beforeAll, describe, expect, it } from 'vitest'
import { withArrayTypes } from './array-cast.ts'
import { loadParser } from './parser.ts'

beforeAll(loadParser)

const check = (condition: string): string => `ALTER TABLE t ADD CONSTRAINT c CHECK (${condition})`

describe('an array that is cast to another type', () => {
  it.each([
    {
      given: `a = ANY ((ARRAY['x'::character varying, 'y, ]'::character varying])::text[])`,
      steady: `a = ANY ((ARRAY['x'::character varying, 'y, ]'::character varying])::character varying[]::text[])`,
    },
    {
      given: `a = ANY ((ARRAY['1'::numeric(10,2)])::integer[]) OR b = ANY ((ARRAY[1::bigint])::numeric[])`,
      steady: `a = ANY ((ARRAY['1'::numeric(10,2)])::numeric(10,2)[]::integer[]) OR b = ANY ((ARRAY[1::bigint])::bigint[]::numeric[])`,
    },
    {
      given: `a = ANY ((ARRAY['x'::"Shop"."State, or so"])::text[])`,
      steady: `a = ANY ((ARRAY['x'::"Shop"."State, or so"])::"Shop"."State, or so"[]::text[])`,
    },
  ])('is said to be an array first: $given', ({ given, steady }) => {
    expect(withArrayTypes(check(given))).toBe(check(steady))
  })

  it.each([
    `a = ANY (ARRAY['x'::text, 'y'::text])`,
    `a = ANY (ARRAY['x', 'y']::text[])`,
    `a = ANY ((ARRAY['x'::text])::text[])`,
    `a = ANY ((ARRAY['x'::text, 1::bigint])::text[])`,
    `(a)::text = 'x'`,
  ])('is left alone otherwise: %s', (condition) => {
    expect(withArrayTypes(check(condition))).toBe(check(condition))
  })
})

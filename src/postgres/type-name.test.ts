import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeType, parseTypeName, splitName, userTypeName } from './type-name.ts'

describe('normalizeType', () => {
  it.each([
    ['int8', 'bigint'],
    ['pg_catalog.int4', 'integer'],
    ['bigserial', 'bigint'],
    ['VARCHAR(10)', 'character varying(10)'],
    ['character  varying ( 10 )', 'character varying(10)'],
    ['char', 'character(1)'],
    ['pg_catalog.bpchar(3)', 'character(3)'],
    ['bpchar', 'bpchar'],
    ['"char"', '"char"'],
    ['pg_catalog."char"', '"char"'],
    ['decimal(5)', 'numeric(5,0)'],
    ['numeric(5, -2)', 'numeric(5,-2)'],
    ['float(24)', 'real'],
    ['float(25)', 'double precision'],
    ['bit', 'bit(1)'],
    ['varbit', 'bit varying'],
    ['timestamp(3) with time zone', 'timestamp(3) with time zone'],
    ['timestamptz(3)', 'timestamp(3) with time zone'],
    ['time', 'time without time zone'],
    ['interval day to second(3)', 'interval day to second(3)'],
    ['interval(3)', 'interval(3)'],
    ['text[][]', 'text[]'],
    ['int[3]', 'integer[]'],
    ['int ARRAY', 'integer[]'],
    ['Email', 'email'],
    ['"Email"', '"Email"'],
    ['"email"', 'email'],
    ['app."Big ""One"""[]', 'app."Big ""One"""[]'],
  ])('%s is %s', (written, spelled) => {
    expect(normalizeType(written)).toBe(spelled)
  })

  it('leaves its own spelling alone', () => {
    const spelled = fc.constantFrom(
      'bigint',
      'character varying(7)',
      'timestamp(2) without time zone',
      'numeric(8,3)',
      'bit(4)',
      'interval year to month',
      '"char"',
      'text[]',
      'app."Big"',
      'double precision',
    )
    fc.assert(
      fc.property(spelled, (type) => {
        expect(normalizeType(type)).toBe(type)
      }),
    )
  })

  it('knows a user type by its unquoted name', () => {
    expect(userTypeName(parseTypeName('app."Big"[]'))).toEqual({ schema: 'app', name: 'Big' })
    expect(parseTypeName('app."Big"').builtIn).toBe(false)
    expect(splitName('"a.b"')).toEqual({ schema: null, name: 'a.b' })
  })

  it('gives some spelling to anything, and ends', () => {
    const word = fc.constantFrom(
      'int8',
      'varchar',
      '(3)',
      '(',
      ')',
      '[]',
      '"A b"',
      '.',
      'timestamp',
      'with time zone',
      'é',
      '"',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const once = normalizeType(words.join(' '))
        expect(typeof once).toBe('string')
      }),
    )
  })
})

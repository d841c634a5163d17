import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parameterText, parseArrayText } from './value-text.ts'

describe('parameterText', () => {
  it.each([
    [null, null],
    [true, 'true'],
    [1.5, '1.5'],
    [9007199254740993n, '9007199254740993'],
    [new Date(86_400_000), '1970-01-02T00:00:00.000Z'],
    ['as it is', 'as it is'],
    [[], '{}'],
    [['a', null, 'NULL', '', '"\\'], '{"a",NULL,"NULL","","\\"\\\\"}'],
    [[1, 2, null], '{1,2,NULL}'],
  ])('case %#', (value, text) => {
    expect(parameterText(value)).toBe(text)
  })
})

describe('parseArrayText', () => {
  it('reads every array of texts that parameterText writes', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string({ unit: 'binary' }))), (items) => {
        expect(parseArrayText(parameterText(items) ?? '')).toEqual(items)
      }),
    )
  })

  it('reads what the server leaves bare', () => {
    expect(parseArrayText('{a,NULL,"NULL",b c,"d,e"}')).toEqual(['a', null, 'NULL', 'b c', 'd,e'])
    expect(parseArrayText('[0:1]={1,2}')).toEqual(['1', '2'])
  })
})

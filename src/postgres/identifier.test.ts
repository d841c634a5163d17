import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipBytes, quoteIdentifier, quoteLiteral, truncateIdentifier } from './identifier.ts'

describe('quoteIdentifier', () => {
  it.each([
    ['a', 'a'],
    ['_a1', '_a1'],
    ['1a', '"1a"'],
    ['A', '"A"'],
    ['a$', '"a$"'],
    ['a b', '"a b"'],
    ['a"b', '"a""b"'],
    ['é', '"é"'],
    ['', '""'],
    ['select', '"select"'],
    ['between', '"between"'],
    ['left', '"left"'],
    ['action', 'action'],
    ['constructor', 'constructor'],
  ])('%s becomes %s', (name, quoted) => {
    expect(quoteIdentifier(name)).toBe(quoted)
  })

  it('refuses U+0000', () => {
    expect(() => quoteIdentifier('a\0')).toThrow(RangeError)
    expect(() => quoteLiteral('a\0')).toThrow(RangeError)
  })
})

it.each([
  ['', "''"],
  ["it's", "'it''s'"],
  ['a\\n', "E'a\\\\n'"],
])('quoteLiteral makes of %s %s', (text, literal) => {
  expect(quoteLiteral(text)).toBe(literal)
})

describe('truncateIdentifier', () => {
  it('cuts at 63 bytes, and no character in two', () => {
    expect(truncateIdentifier('x'.repeat(64))).toBe('x'.repeat(63))
    expect(truncateIdentifier('é'.repeat(40))).toBe('é'.repeat(31))
    expect(truncateIdentifier('😀'.repeat(16))).toBe('😀'.repeat(15))
    expect(truncateIdentifier('x'.repeat(63))).toHaveLength(63)
  })

  it('gives the longest start that fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(80), (text, bytes) => {
        const clipped = clipBytes(text, bytes)
        expect(text.startsWith(clipped)).toBe(true)
        expect(Buffer.byteLength(clipped)).toBeLessThanOrEqual(bytes)
        const next = String.fromCodePoint(text.codePointAt(clipped.length) ?? 97)
        expect(clipped === text || Buffer.byteLength(clipped + next) > bytes).toBe(true)
      }),
    )
  })
})

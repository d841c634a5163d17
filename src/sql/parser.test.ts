import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { byteOffsets, loadParser, parse, tooDeep } from './parser.ts'

beforeAll(loadParser)

describe('byteOffsets', () => {
  it('maps the bytes before any character to its UTF-16 offset, in texts of any length', () => {
    const characters = fc.array(fc.constantFrom('a', 'é', '€', '😀', '\ud800', '\n'), { maxLength: 700 })
    fc.assert(
      fc.property(characters, (parts) => {
        const text = parts.join('')
        const offsetOf = byteOffsets(text)
        let offset = 0
        for (const character of text) {
          expect(offsetOf(Buffer.byteLength(text.slice(0, offset)))).toBe(offset)
          offset += character.length
        }
        expect(offsetOf(Buffer.byteLength(text))).toBe(text.length)
      }),
      { numRuns: 30 },
    )
  })
})

describe('parse', () => {
  it.each([
    ['ascii', 'SELECT 1 frm x y', 'x'],
    ['two bytes', "SELECT 'é' frm x y", 'x'],
    ['three bytes', "SELECT '€' frm x y", 'x'],
    ['four bytes', "SELECT '😀😀' frm x y", 'x'],
  ])('says where an error stands behind characters of %s', (_, text, at) => {
    const result = parse(text)
    expect(result).toMatchObject({ ok: false, offset: text.indexOf(at) })
  })

  it('says where statements stand behind characters of any size', () => {
    const text = "SELECT '😀é€'; SELECT 2"
    const result = parse(text)
    if (!result.ok) throw new Error(result.message)
    const offsetOf = byteOffsets(text)
    const [first, second] = result.statements
    expect(offsetOf(first?.end ?? 0)).toBe(text.indexOf(';'))
    expect(offsetOf(second?.start ?? 0)).toBe(text.indexOf('SELECT 2'))
  })

  it('takes a text of nothing, or of comments only, for no statement', () => {
    expect(parse('')).toEqual({ ok: true, statements: [] })
    expect(parse(' -- x\n/* y */ ; ;')).toEqual({ ok: true, statements: [] })
  })

  it('keeps the end of a text in which half a surrogate pair stands', () => {
    const result = parse(`SELECT '\ud800€€€€'; SELECT 2`)
    expect(result.ok && result.statements.length).toBe(2)
  })

  it('refuses what is nested beyond its stack, and works on', () => {
    const deep = `SELECT ${Array.from({ length: 100_000 }, () => '1').join(' + ')}`
    expect(parse(deep)).toEqual({ ok: false, message: tooDeep, offset: 0 })
    expect(parse('SELECT 1')).toMatchObject({ ok: true })
  })
})

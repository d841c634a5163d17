import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineIndex } from './line-index.ts'

describe('lineIndex', () => {
  it('counts lines and columns from 1, columns in UTF-16 units', () => {
    const text = 'SELECT 1;\r\n  😀é x\n'
    const lines = lineIndex(text)
    const start = text.indexOf('x')
    expect(lines.positionOf({ start, end: start + 1 }, 'a.sql')).toEqual({
      path: 'a.sql',
      line: 2,
      column: 7,
      endLine: 2,
      endColumn: 8,
    })
    expect(lines.lineText(1)).toBe('SELECT 1;')
    expect(lines.lineText(2)).toBe('  😀é x')
    expect(lines.lineText(3)).toBe('')
    expect(() => lines.lineText(4)).toThrow(RangeError)
  })

  it('finds every offset again in the text of its line', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'é', '😀', '\n', '\r\n', ' ')), (parts) => {
        const text = parts.join('')
        const lines = lineIndex(text)
        const split = text.split('\n')
        for (let offset = 0; offset <= text.length; offset++) {
          const { line, column } = lines.positionOf({ start: offset, end: offset }, '')
          const before = split.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
          expect(before + column - 1).toBe(offset)
        }
      }),
    )
  })
})

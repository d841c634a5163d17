import { beforeAll, describe, expect, it } from 'vitest'
import { parseScript } from './parse-script.ts'
import { loadParser } from './parser.ts'

beforeAll(loadParser)

const read = (text: string) =>
  parseScript(text, 'a.sql').comments.map((comment) => ({
    ...comment,
    span: text.slice(comment.span.start, comment.span.end),
  }))

describe('lockstepComments', () => {
  it('reads directive, arguments and reason', () => {
    expect(read('-- lockstep: allow drop-column because nobody reads it\nSELECT 1;')).toEqual([
      {
        directive: 'allow',
        arguments: 'drop-column',
        written: 'drop-column',
        because: 'nobody reads it',
        span: '-- lockstep: allow drop-column because nobody reads it',
        statementIndex: 0,
      },
    ])
    expect(read('--lockstep:expect-rows   10..20\nSELECT 1')).toMatchObject([
      { directive: 'expect-rows', arguments: '10..20', because: null },
    ])
    expect(read("-- lockstep: fill 'a  b' ||   'because' because  it  was\nSELECT 1")).toMatchObject([
      { arguments: "'a b' || 'because'", written: "'a  b' ||   'because'", because: 'it was' },
    ])
    expect(read('-- lockstep:\nSELECT 1')).toMatchObject([{ directive: '', arguments: '', because: null }])
  })

  it.each([
    ['before a statement', 'SELECT 1;\n-- lockstep: x\nSELECT 2;', 1],
    ['before a statement, after a blank line', 'SELECT 1;\n\n-- lockstep: x\n\nSELECT 2;', 1],
    ['on its line', 'SELECT 1; -- lockstep: x\nSELECT 2;', 0],
    ['inside of it', 'SELECT 1\n  -- lockstep: x\n  , 2;\nSELECT 2;', 0],
    ['behind the last one', 'SELECT 1;\nSELECT 2;\n-- lockstep: x', 1],
    ['at the top, with a blank line', '-- lockstep: x\n\nSELECT 1;', null],
    ['at the top, with another comment', '-- lockstep: x\n-- why\nSELECT 1;', 0],
    ['without any statement', '-- lockstep: x', null],
  ])('belongs, %s, to the right statement', (_, text, statementIndex) => {
    expect(read(text)).toMatchObject([{ directive: 'x', statementIndex }])
  })

  it('sees none in strings, block comments and other words', () => {
    expect(
      read("SELECT '-- lockstep: x'; /* lockstep: x */ -- not lockstep: x\nSELECT $$\n-- lockstep: x\n$$"),
    ).toEqual([])
  })
})

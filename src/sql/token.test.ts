import * as fc from 'fast-check'
import { scanSync } from 'libpg-query'
import { beforeAll, describe, expect, it } from 'vitest'
import { byteOffsets, loadParser } from './parser.ts'
import { scannerOf, tokensOf } from './token.ts'

beforeAll(loadParser)

/** Every token as the parser's own scanner sees it, in UTF-16 offsets; null where it gives up on the text. */
function scannedByParser(text: string): readonly (readonly [number, number])[] | null {
  try {
    const offsetOf = byteOffsets(text)
    const { tokens } = scanSync(text)
    if (tokens.some((_, at) => isContinuedBehindComment(tokens.slice(at)))) return null
    return tokens.map(({ start, end }) => [offsetOf(start), offsetOf(end)] as const)
  } catch {
    return null
  }
}

/**
 * PostgreSQL lets a constant go on behind a comment and a line end (scan.l, `quotecontinue`); libpg_query, which makes
 * tokens of comments, takes it for two constants and refuses the statement. It has no name for x'1f'.
 */
function isContinuedBehindComment(
  tokens: readonly { readonly tokenName: string; readonly text: string }[],
): boolean {
  const [first, ...others] = tokens
  const next = others.findIndex(({ tokenName }) => tokenName !== 'SQL_COMMENT')
  const isConstant = first?.tokenName.endsWith('CONST') === true || first?.text.endsWith("'") === true
  return isConstant && next > 0 && others[next]?.text.startsWith("'") === true
}

function scannedByUs(text: string): { spans: (readonly [number, number])[]; broken: boolean } {
  const scanner = scannerOf(text)
  const spans: (readonly [number, number])[] = []
  let broken = false
  for (let kind = scanner.next(); kind !== null; kind = scanner.next()) {
    if (kind === 'unterminated' || kind === 'invalid') broken = true
    spans.push([scanner.start, scanner.end])
  }
  return { spans, broken }
}

/** Pieces that meet each other in every way: quotes, comments, operators, numbers, characters of one to four bytes. */
const fragments =
  `' '' 'a' E' e'\\ \\ E U& n x'1f' " "" "é" U&"d" $$ $a$ $1 $ -- --x /* */ / * - + < >= =- @- || :: := : .. . 1 1.5 1e5
  .5 1_0 0x1F ; , ( ) [ ] a é 😀 select _b$`.split(/\s+/)
const fragment = fc.constantFrom(...fragments, ' ', '\n', '\r\n', '\t', '\f', '\v')

describe('scannerOf', () => {
  it("agrees with the parser's own scanner wherever that one answers", () => {
    let compared = 0
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 14 }), (fragments) => {
        const text = fragments.join('')
        const theirs = scannedByParser(text)
        if (theirs === null || text.trim() === '') return
        compared++
        expect(scannedByUs(text).spans).toEqual(theirs)
      }),
      { numRuns: 5000 },
    )
    expect(compared).toBeGreaterThan(500)
  })

  it('calls a text broken only where the parser refuses it, too', () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 14 }), (fragments) => {
        const text = fragments.join('')
        if (!scannedByUs(text).broken) return
        // `$` alone is a token to the scanner, and to the grammar none.
        const theirs = scannedByParser(text)
        expect(theirs === null || text.includes('$')).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ["'a''b'", 'string'],
    ["E'a\\'b'", 'string'],
    ["'a' -- more\n 'b'", 'string'],
    ["E'a'\n'\\''", 'string'],
    ["U&'d!0061'", 'string'],
    ["x'1f'", 'string'],
    ['$é$ $b$ ; $é$', 'string'],
    ['"a""b"', 'quoted'],
    ['U&"d"', 'quoted'],
    ['naïve$1', 'word'],
    ['$12', 'parameter'],
    ['1.5e-10', 'number'],
    ['<@>', 'operator'],
  ] as const)('takes %s for one token, a %s', (text, kind) => {
    expect(tokensOf(`${text} ;`).map((token) => [token.kind, token.start, token.end])).toEqual([
      [kind, 0, text.length],
      ['punctuation', text.length + 1, text.length + 2],
    ])
  })

  it.each(["'a", '"a', '$a$ $b$', '/* /* */', "E'\\'", "'a' \n 'b"])('says that %s never ends', (text) => {
    expect(tokensOf(`1 ${text}`).at(-1)?.kind).toBe('unterminated')
  })

  it('ends an operator before a comment, and before a sign that is not its own', () => {
    const texts = (text: string) => tokensOf(text).map(({ start, end }) => text.slice(start, end))
    expect(texts('a<--x\n1')).toEqual(['a', '<', '1'])
    expect(texts('a=-1')).toEqual(['a', '=', '-', '1'])
    expect(texts('a@-1')).toEqual(['a', '@-', '1'])
    expect(texts('1..2')).toEqual(['1', '..', '2'])
  })
})

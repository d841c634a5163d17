/**
 * Tokens of SQL text, in UTF-16 offsets, by the rules of PostgreSQL's scan.l with standard_conforming_strings on.
 * Our own, because the parser's scanner gives up on the whole text at an unterminated quote, counts bytes, and takes a
 * second for what this does in a few milliseconds. Test: it agrees with the parser's scanner wherever that one answers.
 */

/**
 * `word`: an unquoted identifier or key word. `quoted`: "…" or U&"…". `string`: every kind of string constant.
 * `punctuation`: one of ( ) [ ] , ; . : — and `::`, `:=`, `..`. `backslash`: no SQL, a psql command begins.
 * `unterminated`: a quote or comment that never ends. `invalid`: U+0000, which no SQL text may hold.
 */
export type TokenKind =
  | 'word'
  | 'quoted'
  | 'string'
  | 'number'
  | 'parameter'
  | 'operator'
  | 'punctuation'
  | 'backslash'
  | 'comment'
  | 'unterminated'
  | 'invalid'

export interface Token {
  readonly kind: TokenKind
  readonly start: number
  readonly end: number
}

/** Reads one token after the other without making objects: `start` and `end` speak of the last one. */
export interface Scanner {
  readonly start: number
  readonly end: number
  /** The kind of the next token; null at the end. */
  next(): TokenKind | null
  /** Goes on at this offset. */
  jump(offset: number): void
}

const isSpace = tableOf(' \t\n\r\f\v')
const isOperator = tableOf('~!@#^&|`?+-*/%<>=')
/** With one of these in it, an operator may end in + or -. */
const allowsSignAtEnd = tableOf('~!@#^&|`?%')
const isDigit = tableOf('0123456789')
const isWordStart = tableOf('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_')
const isWordPart = tableOf('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789$')

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(128)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}

/** Every character beyond ASCII counts as a letter, as in scan.l. */
function wordStartsAt(code: number): boolean {
  return code >= 128 || isWordStart[code] === 1
}

function wordGoesOnAt(code: number): boolean {
  return code >= 128 || isWordPart[code] === 1
}

/** All tokens of `text` between two offsets, comments left out. */
export function tokensOf(text: string, from = 0, to = text.length): Token[] {
  const scanner = scannerOf(text, from, to)
  const tokens: Token[] = []
  for (let kind = scanner.next(); kind !== null; kind = scanner.next()) {
    if (kind !== 'comment') tokens.push({ kind, start: scanner.start, end: scanner.end })
  }
  return tokens
}

export function scannerOf(text: string, from = 0, to = text.length): Scanner {
  let start = from
  let end = from
  return {
    get start() {
      return start
    },
    get end() {
      return end
    },
    next() {
      start = end
      while (start < to && isSpace[text.charCodeAt(start)] === 1) start++
      if (start >= to) {
        end = start
        return null
      }
      const kind = kindAt(text, start, to)
      const scanned = endOf(kind, text, start, to)
      end = Math.min(scanned, to)
      return scanned > to ? 'unterminated' : kind
    },
    jump(offset) {
      end = offset
    },
  }
}

function kindAt(text: string, at: number, to: number): TokenKind {
  const code = text.charCodeAt(at)
  const next = at + 1 < to ? text.charCodeAt(at + 1) : 0
  if (wordStartsAt(code)) return prefixedKind(text, code, next, at)
  switch (code) {
    case 34: // "
      return 'quoted'
    case 39: // '
      return 'string'
    case 36: // $
      if (isDigit[next] === 1) return 'parameter'
      return dollarTagEnd(text, at, to) > 0 ? 'string' : 'invalid'
    case 45: // -
      return next === 45 ? 'comment' : 'operator'
    case 47: // /
      return next === 42 ? 'comment' : 'operator'
    case 46: // .
      return isDigit[next] === 1 ? 'number' : 'punctuation'
    case 92:
      return 'backslash'
    default:
      if (isDigit[code] === 1) return 'number'
      if (isOperator[code] === 1) return 'operator'
      return '()[],;:'.includes(text[at] ?? '') ? 'punctuation' : 'invalid'
  }
}

/** E'…', B'…', X'…', U&'…' and U&"…" begin like words. N'…' is the word N and a string to the scanner, too. */
function prefixedKind(text: string, code: number, next: number, at: number): TokenKind {
  const letter = code | 32
  if (next === 39 && (letter === 101 || letter === 98 || letter === 120)) return 'string'
  if (next === 38 && letter === 117) {
    const quote = text.charCodeAt(at + 2)
    if (quote === 39) return 'string'
    if (quote === 34) return 'quoted'
  }
  return 'word'
}

/** The offset after the token; beyond `to` where it never ends. */
function endOf(kind: TokenKind, text: string, at: number, to: number): number {
  switch (kind) {
    case 'word': {
      let end = at + 1
      while (end < to && wordGoesOnAt(text.charCodeAt(end))) end++
      return end
    }
    case 'quoted':
      return quotedEnd(text, text.indexOf('"', at))
    case 'string':
      return stringEnd(text, at, to)
    case 'number':
      return numberEnd(text, at, to)
    case 'parameter': {
      let end = at + 2
      while (end < to && isDigit[text.charCodeAt(end)] === 1) end++
      return end
    }
    case 'operator':
      return operatorEnd(text, at, to)
    case 'comment':
      return text.charCodeAt(at) === 45 ? lineEnd(text, at, to) : blockCommentEnd(text, at, to)
    case 'punctuation': {
      const pair = text.slice(at, at + 2)
      return pair === '::' || pair === ':=' || pair === '..' ? at + 2 : at + 1
    }
    case 'backslash':
    case 'unterminated':
    case 'invalid':
      return at + 1
  }
}

/** A line comment ends before `\n` or `\r`. */
function lineEnd(text: string, at: number, to: number): number {
  let end = at
  while (end < to && text.charCodeAt(end) !== 10 && text.charCodeAt(end) !== 13) end++
  return end
}

/** They nest. */
function blockCommentEnd(text: string, at: number, to: number): number {
  let depth = 1
  let end = at + 2
  while (depth > 0) {
    if (end + 1 >= to) return to + 1
    const code = text.charCodeAt(end)
    const next = text.charCodeAt(end + 1)
    if (code === 42 && next === 47) {
      depth--
      end += 2
    } else if (code === 47 && next === 42) {
      depth++
      end += 2
    } else end++
  }
  return end
}

function quotedEnd(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text.charCodeAt(at + 1) !== 34) return at + 1
  }
  return Infinity
}

function stringEnd(text: string, at: number, to: number): number {
  if (text.charCodeAt(at) === 36) {
    const tagEnd = dollarTagEnd(text, at, to)
    const close = text.indexOf(text.slice(at, tagEnd), tagEnd)
    return close < 0 ? Infinity : close + tagEnd - at
  }
  const letter = text.charCodeAt(at) | 32
  const reading = letter === 101 ? 'escaped' : letter === 98 || letter === 120 ? 'bits' : 'plain'
  let end = singleQuotedEnd(text, text.indexOf("'", at), reading)
  // 'a' newline 'b' is one constant, and the second part is read like the first.
  for (let more = continuation(text, end, to); more >= 0; more = continuation(text, end, to)) {
    end = singleQuotedEnd(text, more, reading)
  }
  return end
}

/** In `bits` (b'…', x'…') a doubled quote is no quote inside: the constant has ended. */
function singleQuotedEnd(text: string, open: number, reading: 'plain' | 'escaped' | 'bits'): number {
  let at = open + 1
  for (;;) {
    const quote = text.indexOf("'", at)
    if (quote < 0) return Infinity
    const backslash = reading === 'escaped' ? text.indexOf('\\', at) : -1
    if (backslash >= 0 && backslash < quote) at = backslash + 2
    else if (reading !== 'bits' && text.charCodeAt(quote + 1) === 39) at = quote + 2
    else return quote + 1
  }
}

/** The quote that continues a constant after whitespace with a line end in it (comments allowed behind that); or -1. */
function continuation(text: string, from: number, to: number): number {
  let at = from
  let sawNewline = false
  while (at < to) {
    const code = text.charCodeAt(at)
    if (code === 10 || code === 13) sawNewline = true
    else if (code === 45 && text.charCodeAt(at + 1) === 45) {
      at = lineEnd(text, at, to)
      continue
    } else if (isSpace[code] !== 1) return code === 39 && sawNewline ? at : -1
    at++
  }
  return -1
}

/** The offset after `$tag$` that begins at `at`; 0 if none does. */
function dollarTagEnd(text: string, at: number, to: number): number {
  let end = at + 1
  if (end < to && wordStartsAt(text.charCodeAt(end))) {
    end++
    while (end < to && text.charCodeAt(end) !== 36 && wordGoesOnAt(text.charCodeAt(end))) end++
  }
  return end < to && text.charCodeAt(end) === 36 ? end + 1 : 0
}

/** `1..10` is 1, then `..`. Letters behind a number (0x1F, or junk that the parser refuses) belong to it. */
function numberEnd(text: string, at: number, to: number): number {
  const digitsEnd = (from: number) => {
    let end = from
    while (end < to && (isDigit[text.charCodeAt(end)] === 1 || text.charCodeAt(end) === 95)) end++
    return end
  }
  let end = digitsEnd(at)
  if (text.charCodeAt(end) === 46 && text.charCodeAt(end + 1) !== 46) end = digitsEnd(end + 1)
  if ((text.charCodeAt(end) | 32) === 101) {
    const sign = text.charCodeAt(end + 1)
    const digits = sign === 43 || sign === 45 ? end + 2 : end + 1
    if (isDigit[text.charCodeAt(digits)] === 1) end = digitsEnd(digits)
  }
  if (end < to && wordStartsAt(text.charCodeAt(end))) {
    while (end < to && wordGoesOnAt(text.charCodeAt(end))) end++
  }
  return Math.min(end, to)
}

/** Ends before a comment; loses + and - at its end unless a character that SQL's own operators lack is in it. */
function operatorEnd(text: string, at: number, to: number): number {
  let end = at
  let keepsSign = false
  while (end < to) {
    const code = text.charCodeAt(end)
    if (code >= 128 || isOperator[code] !== 1) break
    const next = text.charCodeAt(end + 1)
    if ((code === 45 && next === 45) || (code === 47 && next === 42)) break
    if (allowsSignAtEnd[code] === 1) keepsSign = true
    end++
  }
  if (!keepsSign) {
    while (end - at > 1 && (text.charCodeAt(end - 1) === 43 || text.charCodeAt(end - 1) === 45)) end--
  }
  return end
}

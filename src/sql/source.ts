/**
 * A statement's text and tokens beside its tree. SQL in actions is the author's own text wherever it can be cut out;
 * the tree says what stands there, the tokens where it begins and ends.
 */
import type { Span } from '../model/position.ts'
import { type Token, tokensOf } from './token.ts'

export interface Source {
  /** Where the statement stands in its file. */
  readonly span: Span
  readonly text: string
  /** Comments left out; offsets from the start of the statement. Read on first use. */
  readonly tokens: readonly Token[]
  /** Index of the first token that begins at this place of the tree, or behind it. */
  tokenAt(location: number | undefined): number
}

/** `offsetOf`: from a place in the tree to an offset from the start of the statement. */
export function sourceOf(text: string, span: Span, offsetOf: (location: number) => number): Source {
  let tokens: readonly Token[] | null = null
  const read = () => (tokens ??= tokensOf(text))
  return {
    span,
    text,
    get tokens() {
      return read()
    },
    tokenAt(location) {
      return firstFrom(read(), offsetOf(location ?? 0))
    },
  }
}

function firstFrom(tokens: readonly Token[], offset: number): number {
  let low = 0
  let high = tokens.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((tokens[middle]?.start ?? 0) < offset) low = middle + 1
    else high = middle
  }
  return low
}

/** A key word or unquoted name in lower case; null for any other token. */
export function wordAt(source: Source, index: number): string | null {
  const token = source.tokens[index]
  if (token === undefined || token.kind !== 'word') return null
  return source.text.slice(token.start, token.end).toLowerCase()
}

/** The text of a punctuation mark or an operator; null for any other token. */
export function markAt(source: Source, index: number): string | null {
  const token = source.tokens[index]
  if (token === undefined || (token.kind !== 'punctuation' && token.kind !== 'operator')) return null
  return source.text.slice(token.start, token.end)
}

/** From the start of one token to the end of the one before `to`, comments between them included. */
export function textBetween(source: Source, from: number, to: number): string {
  const span = spanBetween(source, from, to)
  return source.text.slice(span.start, span.end)
}

/** In the statement's own offsets. */
export function spanBetween(source: Source, from: number, to: number): Span {
  const first = source.tokens[from]
  const last = source.tokens[to - 1]
  if (first === undefined || last === undefined || to <= from) {
    throw new Error(`no tokens from ${from} to ${to} in: ${source.text}`)
  }
  return { start: first.start, end: last.end }
}

/**
 * The first token at or after `from` for which `accept` holds, outside of parentheses and brackets; the end of the list
 * that `from` stands in (its closing parenthesis, or the end of the statement) if there is none.
 */
export function findTopLevel(source: Source, from: number, accept: (index: number) => boolean): number {
  let depth = 0
  for (let index = from; index < source.tokens.length; index++) {
    if (depth === 0 && accept(index)) return index
    const mark = markAt(source, index)
    if (mark === '(' || mark === '[') depth++
    else if (mark === ')' || mark === ']') {
      if (depth === 0) return index
      depth--
    }
  }
  return source.tokens.length
}

/** The comma, closing parenthesis or end of statement behind the list item that begins at `from`. */
export function itemEnd(source: Source, from: number, limit = Infinity): number {
  return findTopLevel(source, from, (index) => index >= limit || markAt(source, index) === ',')
}

/** The token after the parenthesis that closes the one at `open`. */
export function afterParentheses(source: Source, open: number): number {
  if (markAt(source, open) !== '(') throw new Error(`no parenthesis at token ${open} of: ${source.text}`)
  return findTopLevel(source, open + 1, () => false) + 1
}

/** The token after a name of one part, which is three tokens in U&"…" UESCAPE '…'. */
export function afterName(source: Source, index: number): number {
  return wordAt(source, index + 1) === 'uescape' ? index + 3 : index + 1
}

/** The token after `a`, `a.b` or `a.b.c`. */
export function afterQualifiedName(source: Source, index: number): number {
  let after = afterName(source, index)
  while (markAt(source, after) === '.') after = afterName(source, after + 1)
  return after
}

/** The only door to libpg-query. Trees do not leave this folder. */
import type { Node, RawStmt } from '@pgsql/types'
import { hasSqlDetails, loadModule, parsePlPgSQLSync, parseSync } from 'libpg-query'

/** Loads the parser (35 ms once). Everything in `sql/` is synchronous afterwards, and throws before. */
export async function loadParser(): Promise<void> {
  await loadModule()
}

export type ParseResult =
  | { readonly ok: true; readonly statements: readonly RawStatement[] }
  | {
      readonly ok: false
      readonly message: string
      /** UTF-16 offset of the token that the parser stumbled over. */
      readonly offset: number
    }

/** Positions in UTF-8 bytes from the start of the text: see `byteOffsets`. */
export interface RawStatement {
  readonly node: Node
  readonly start: number
  /** Null: to the end of the text. */
  readonly end: number | null
}

/** PostgreSQL 18's own grammar. `text` must not hold U+0000, at which C takes it to end. */
export function parse(text: string): ParseResult {
  if (text === '') return { ok: true, statements: [] }
  try {
    return { ok: true, statements: (parseSync(wellFormed(text)).stmts ?? []).map(rawStatement) }
  } catch (error) {
    if (isStackOverflow(error)) return { ok: false, message: tooDeep, offset: 0 }
    if (!hasSqlDetails(error)) throw error
    const characters = error.sqlDetails?.cursorPosition ?? 0
    return { ok: false, message: error.message, offset: offsetOfCharacter(text, characters) }
  }
}

/** Thousands of operators in one expression; the parser is usable again afterwards. */
export const tooDeep = 'it is nested too deeply'

/** V8 throws it in WebAssembly as in JavaScript. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack')
}

/** The tree of a text that is known to be one statement: our own, or one that was parsed before. */
export function parseOne(text: string): Node {
  const result = parse(text)
  if (!result.ok) throw new Error(`this SQL does not parse: ${result.message} in: ${text}`)
  const [statement, ...others] = result.statements
  if (statement === undefined || others.length > 0) {
    throw new Error(`this SQL is ${result.statements.length} statements and should be one: ${text}`)
  }
  return statement.node
}

/** The tree of a DO block's or a function's body in PL/pgSQL, from the whole statement; null where it does not parse. */
export function parseProcedural(text: string): unknown {
  try {
    return parsePlPgSQLSync(wellFormed(text))
  } catch (error) {
    // The parser of PL/pgSQL gives its errors as plain ones.
    if (error instanceof Error) return null
    throw error
  }
}

/** Half a surrogate pair would make libpg-query count too few bytes and lose the end of the text. */
function wellFormed(text: string): string {
  return isAscii(text) ? text : Buffer.from(text).toString()
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

function rawStatement(raw: RawStmt): RawStatement {
  if (raw.stmt === undefined) throw new Error('the parser gave a statement without a tree')
  const start = raw.stmt_location ?? 0
  return { node: raw.stmt, start, end: raw.stmt_len === undefined ? null : start + raw.stmt_len }
}

/** Error positions count characters, so an astral one is one, where UTF-16 has two units. */
function offsetOfCharacter(text: string, characters: number): number {
  let offset = 0
  for (let left = characters; left > 0 && offset < text.length; left--) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1
  }
  return offset
}

/** From an offset in UTF-8 bytes, as trees have it, to one in UTF-16 units. For ASCII they are the same. */
export type ByteOffsets = (byte: number) => number

const stride = 256

/** Walks the text once and keeps one mark in 256 units, so that a look-up costs the same in a text of any size. */
export function byteOffsets(text: string): ByteOffsets {
  if (isAscii(text)) return (byte) => byte
  let marks: Uint32Array | null = null
  return (byte) => {
    marks ??= markBytes(text)
    let low = 0
    let high = marks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((marks[middle] ?? 0) < byte) low = middle
      else high = middle - 1
    }
    let at = low * stride
    for (let bytes = marks[low] ?? 0; bytes < byte && at < text.length; at++) bytes += bytesAt(text, at)
    return Math.min(at, text.length)
  }
}

function markBytes(text: string): Uint32Array {
  const marks = new Uint32Array(Math.ceil(text.length / stride) + 1)
  let bytes = 0
  for (let at = 0; at < text.length; at++) {
    if (at % stride === 0) marks[at / stride] = bytes
    bytes += bytesAt(text, at)
  }
  marks[marks.length - 1] = bytes
  return marks
}

/** UTF-8 bytes of one unit. The second half of a surrogate pair has all four, so that no offset falls between halves. */
function bytesAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  if (code < 0xd800 || code > 0xdfff) return 3
  if (code < 0xdc00) return isLowSurrogate(text.charCodeAt(at + 1)) ? 0 : 3
  return at > 0 && isHighSurrogate(text.charCodeAt(at - 1)) ? 4 : 3
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

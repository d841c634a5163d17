/** A file's text to its statements, each cut into actions; what is not understood becomes a problem, and hides nothing. */
import type { Node } from '@pgsql/types'
import type { Span } from '../model/position.ts'
import type { Problem } from '../model/problem.ts'
import type { Statement } from '../model/statement.ts'
import { actionsOf } from './actions.ts'
import { type LineIndex, lineIndex } from './line-index.ts'
import { type LockstepComment, lockstepComments } from './lockstep-comment.ts'
import {
  type ByteOffsets,
  type RawStatement,
  byteOffsets,
  isStackOverflow,
  parse,
  tooDeep,
} from './parser.ts'
import { sourceOf } from './source.ts'
import { type Piece, split } from './split.ts'
import { scannerOf } from './token.ts'
import { diagnosisOf } from './unparsable.ts'

export interface Script {
  readonly path: string
  readonly text: string
  readonly statements: readonly Statement[]
  /** Sorted by position. */
  readonly problems: readonly Problem[]
  readonly comments: readonly LockstepComment[]
}

/** What a piece of text turned out to be. `offset`: where `text` begins in the file. */
interface Parsed {
  readonly node: Node
  readonly span: Span
  readonly offsetOf: (location: number) => number
}

interface Refused {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly span: Span
}

interface Reading {
  readonly parsed: Parsed[]
  readonly refused: Refused[]
}

/** Statements are handed to the parser by the hundred: one call is quick, and its tree stays of bearable size. */
const chunkLength = 256 * 1024

/** `loadParser` must have been awaited. Offsets count UTF-16 units of `text`; a byte order mark is white space. */
export function parseScript(text: string, path: string): Script {
  const reading: Reading = { parsed: [], refused: [] }
  const pieces = split(text, text.startsWith('\uFEFF') ? 1 : 0)
  for (const chunk of chunksOf(pieces)) readChunk(text, chunk, reading)
  const statements: Statement[] = []
  for (const parsed of reading.parsed) {
    const statement = statementOf(text, parsed, statements.length)
    if (statement !== null) statements.push(statement)
    else reading.refused.push(syntaxError(text, parsed.span, parsed.span.start, tooDeep))
  }
  const lines = lineIndex(text)
  const problems = reading.refused
    .sort((one, other) => one.span.start - other.span.start)
    .map((refused) => problemOf(refused, lines, path))
  return { path, text, statements, problems, comments: lockstepComments(text, statements) }
}

/** Null for a tree that is too deep to walk. */
function statementOf(text: string, { node, span, offsetOf }: Parsed, index: number): Statement | null {
  const source = sourceOf(
    text.slice(span.start, span.end),
    span,
    (location) => offsetOf(location) - span.start,
  )
  try {
    return { index, span, text: source.text, actions: actionsOf(node, source) }
  } catch (error) {
    if (isStackOverflow(error)) return null
    throw error
  }
}

/** Neighbours that may be parsed in one go; a refused piece alone. */
function chunksOf(pieces: readonly Piece[]): Piece[][] {
  const chunks: Piece[][] = []
  let current: Piece[] = []
  for (const piece of pieces) {
    const start = current[0]?.span.start ?? piece.span.start
    const isFull = piece.span.end - start > chunkLength
    if (current.length > 0 && (isFull || piece.refused !== null)) {
      chunks.push(current)
      current = []
    }
    current.push(piece)
    if (piece.refused !== null) {
      chunks.push(current)
      current = []
    }
  }
  if (current.length > 0) chunks.push(current)
  return chunks
}

function readChunk(text: string, chunk: readonly Piece[], reading: Reading): void {
  const [first] = chunk
  const last = chunk.at(-1)
  if (first === undefined || last === undefined) return
  if (first.refused !== null) {
    reading.refused.push(refusalOf(first.refused))
    return
  }
  const start = first.span.start
  const part = text.slice(start, last.span.end)
  const result = parse(part)
  if (result.ok && result.statements.length === chunk.length) {
    const bytes = byteOffsets(part)
    const offsetOf = (location: number) => start + bytes(location)
    result.statements.forEach(({ node }, index) => {
      reading.parsed.push({ node, span: chunk[index]?.span ?? last.span, offsetOf })
    })
  } else if (chunk.length > 1) {
    for (const piece of chunk) readChunk(text, [piece], reading)
  } else if (result.ok) {
    readSeveral(text, start, part, result.statements, reading)
  } else {
    reading.refused.push(syntaxError(text, first.span, start + result.offset, result.message))
  }
}

/** The parser saw statement ends that the tokens did not show: its word counts. */
function readSeveral(
  text: string,
  start: number,
  part: string,
  statements: readonly RawStatement[],
  reading: Reading,
): void {
  const bytes: ByteOffsets = byteOffsets(part)
  const offsetOf = (location: number) => start + bytes(location)
  for (const statement of statements) {
    const end = statement.end === null ? start + part.length : offsetOf(statement.end)
    const span = withoutSurroundings(text, offsetOf(statement.start), end)
    reading.parsed.push({ node: statement.node, span, offsetOf })
  }
}

function withoutSurroundings(text: string, from: number, to: number): Span {
  const scanner = scannerOf(text, from, to)
  let start = -1
  let end = from
  for (let kind = scanner.next(); kind !== null; kind = scanner.next()) {
    if (kind === 'comment') continue
    if (start < 0) start = scanner.start
    end = scanner.end
  }
  return { start: Math.max(start, from), end }
}

function syntaxError(text: string, span: Span, at: number, message: string): Refused {
  const found = tokenSpan(text, at, span)
  const { code, what, hint } = diagnosisOf(text, found)
  return { code, message: `${what}: ${message}`, hint, span: found }
}

/** The token at the error, for the caret; the statement's last one where the parser stumbled over its end. */
function tokenSpan(text: string, at: number, span: Span): Span {
  const scanner = scannerOf(text, span.start, span.end)
  let last: Span = { start: span.start, end: span.end }
  for (let kind = scanner.next(); kind !== null; kind = scanner.next()) {
    if (kind === 'comment') continue
    last = { start: scanner.start, end: scanner.end }
    if (scanner.end > at) break
  }
  return last
}

function refusalOf(refusal: NonNullable<Piece['refused']>): Refused {
  const { code, what, span } = refusal
  switch (code) {
    case 'psql-command':
      return {
        code,
        span,
        message: `${what} is a command of psql, not SQL: no server understands it`,
        hint: psqlHint(what),
      }
    case 'copy-data':
      return {
        code,
        span,
        message: 'COPY … FROM stdin takes its rows from the lines behind it, which only psql can send',
        hint: 'Write the rows as INSERT … VALUES, or load them outside of the migrations.',
      }
    case 'syntax-error':
      return {
        code,
        span,
        message: `PostgreSQL cannot parse this statement: ${what}`,
        hint: 'What follows it in the file may belong to it, and is not read.',
      }
  }
}

function psqlHint(command: string): string {
  switch (command) {
    case '\\copy':
      return 'Write the rows as INSERT … VALUES, or load them outside of the migrations.'
    case '\\i':
    case '\\ir':
    case '\\include':
    case '\\include_relative':
      return 'Put the SQL of the included file here, or make it a migration of its own.'
    case '\\c':
    case '\\connect':
      return 'A migration runs in one database: take the line out, and name the database by its URL.'
    case '\\set':
    case '\\gset':
      return 'psql variables are known to psql only: write their values.'
    default:
      return 'Take the line out of the migration, or write what it does as SQL.'
  }
}

function problemOf(refused: Refused, lines: LineIndex, path: string): Problem {
  const position = lines.positionOf(refused.span, path)
  const { code, message, hint } = refused
  return { code, message, hint, position, excerpt: lines.lineText(position.line) }
}

/** `-- lockstep: allow RULE because reason`: what an author says to lockstep inside a file. */
import type { Span } from '../model/position.ts'
import type { Statement } from '../model/statement.ts'
import { scannerOf } from './token.ts'

export interface LockstepComment {
  /** The first word: `allow`, `expect-rows`. Empty when nothing follows the colon. */
  readonly directive: string
  /** What stands between it and `because`. */
  readonly arguments: string
  /** The same with its spaces as they stand there: a value may have some. */
  readonly written: string
  readonly because: string | null
  readonly span: Span
  /**
   * The statement it stands in, behind on the same line, or before. Null: the whole file, for a comment before any
   * statement with a blank line behind it, and for one in a file without statements.
   */
  readonly statementIndex: number | null
}

const marker = 'lockstep:'

/** In the order of the text. Comments behind the last statement, on a line of their own, belong to that statement. */
export function lockstepComments(
  text: string,
  statements: readonly Pick<Statement, 'index' | 'span'>[],
): readonly LockstepComment[] {
  // Nearly every file: no need to scan it for what it does not hold.
  if (!text.includes(marker)) return []
  const comments: LockstepComment[] = []
  const scanner = scannerOf(text)
  for (let kind = scanner.next(); kind !== null; kind = scanner.next()) {
    if (kind !== 'comment' || !text.startsWith('--', scanner.start)) continue
    const said = text.slice(scanner.start + 2, scanner.end).trim()
    if (!said.startsWith(marker)) continue
    const span = { start: scanner.start, end: scanner.end }
    const statementIndex = statementOf(text, span, statements)
    comments.push({ ...readDirective(said.slice(marker.length).trim()), span, statementIndex })
  }
  return comments
}

function readDirective(
  said: string,
): Pick<LockstepComment, 'directive' | 'arguments' | 'written' | 'because'> {
  const words = said.split(' ').filter((word) => word !== '')
  const at = words.indexOf('because')
  const reason = at < 0 ? '' : words.slice(at + 1).join(' ')
  const [directive = '', ...rest] = at < 0 ? words : words.slice(0, at)
  // Pieces between single spaces, put together again as they were.
  const pieces = said.split(' ')
  const end = pieces.indexOf('because')
  const written = pieces
    .slice(1, end < 0 ? pieces.length : end)
    .join(' ')
    .trim()
  return { directive, arguments: rest.join(' '), written, because: reason === '' ? null : reason }
}

function statementOf(
  text: string,
  comment: Span,
  statements: readonly Pick<Statement, 'index' | 'span'>[],
): number | null {
  const before = statements.findLast(({ span }) => span.start < comment.start)
  if (before !== undefined && !text.slice(before.span.start, comment.start).includes('\n'))
    return before.index
  if (before !== undefined) {
    const isInside = comment.start < before.span.end
    const onItsLine = !text.slice(before.span.end, comment.start).includes('\n')
    if (isInside || onItsLine) return before.index
  }
  const next = statements.find(({ span }) => span.start > comment.start)
  if (next === undefined) return before?.index ?? null
  return before === undefined && isBlankLineAt(text, comment.end) ? null : next.index
}

/** Is the line after the one that ends at `offset` empty? */
function isBlankLineAt(text: string, offset: number): boolean {
  const line = text.indexOf('\n', offset) + 1
  if (line === 0) return true
  const end = text.indexOf('\n', line)
  return text.slice(line, end < 0 ? text.length : end).trim() === ''
}

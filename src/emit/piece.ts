/** What a runner gets as one file: one transaction of statements, or one statement outside of any. */

/** A change and its way back; both run in the same manner, so that tools with one file for both can say it once. */
export interface Piece {
  /** Letters, digits and underscores. */
  readonly name: string
  /** Lines of comment at its head. */
  readonly comment: readonly string[]
  /** False: `up` and `down` are one statement each, which PostgreSQL takes only outside of a transaction. */
  readonly transaction: boolean
  readonly up: readonly string[]
  readonly down: readonly string[]
}

export interface NumberedPiece extends Piece {
  readonly version: string
}

/** `path`: below the folder that a plan is written into. */
export interface EmittedFile {
  readonly path: string
  readonly text: string
}

/** What stands where nothing is to be done: some tools refuse an empty file. */
export const nothingToDo = 'SELECT 1'

export function commentLines(lines: readonly string[]): string {
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => `-- ${line}`.trimEnd())
    .join('\n')
}

export function terminated(statements: readonly string[]): string {
  return statements.map((statement) => `${statement};`).join('\n\n')
}

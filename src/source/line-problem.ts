import type { Problem } from '../model/problem.ts'
import type { Line } from './lines.ts'

/** A problem with one line of a file. `part`: the stretch of the line it is about, where that is not all of it. */
export function lineProblem(
  path: string,
  { text, number }: Line,
  { code, message, hint }: Pick<Problem, 'code' | 'message' | 'hint'>,
  part: { readonly start: number; readonly end: number } = { start: 0, end: text.length },
): Problem {
  const position = {
    path,
    line: number,
    column: part.start + 1,
    endLine: number,
    endColumn: Math.max(part.end, part.start + 1) + 1,
  }
  return { code, message, hint, position, excerpt: text }
}

/** A problem with a file as a whole. */
export function fileProblem(code: string, message: string, hint: string): Problem {
  return { code, message, hint, position: null, excerpt: null }
}

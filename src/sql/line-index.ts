import type { Position, Span } from '../model/position.ts'

/** Offsets to lines and columns. Lines end at `\n`; columns count UTF-16 code units, both from 1. */
export interface LineIndex {
  positionOf(span: Span, path: string): Position
  /** Without its line end. `line` counts from 1. */
  lineText(line: number): string
}

/** Reads the text once, on the first question: most files are never asked. */
export function lineIndex(text: string): LineIndex {
  let starts: readonly number[] | null = null
  const lineStarts = () => (starts ??= startsOfLines(text))

  return {
    positionOf(span, path) {
      const from = locate(lineStarts(), span.start)
      const to = locate(lineStarts(), span.end)
      return { path, line: from.line, column: from.column, endLine: to.line, endColumn: to.column }
    },
    lineText(line) {
      const start = lineStarts()[line - 1]
      if (start === undefined) throw new RangeError(`the text has no line ${line}`)
      const next = lineStarts()[line]
      const end = next === undefined ? text.length : next - 1
      return text.slice(start, end > start && text[end - 1] === '\r' ? end - 1 : end)
    },
  }
}

function startsOfLines(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function locate(starts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
}

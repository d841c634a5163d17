/** A text's lines as runners read their markers: `\n` ends a line, and a `\r` before it is not part of it. */
export interface Line {
  readonly text: string
  /** From 1. */
  readonly number: number
  /** Offset of its first character in the text. */
  readonly start: number
  /** Offset behind its line end. */
  readonly end: number
}

export function linesOf(text: string): readonly Line[] {
  const lines: Line[] = []
  let start = 0
  while (start < text.length) {
    const lineFeed = text.indexOf('\n', start)
    const end = lineFeed < 0 ? text.length : lineFeed + 1
    const written = text.slice(start, lineFeed < 0 ? end : lineFeed)
    lines.push({
      text: written.endsWith('\r') ? written.slice(0, -1) : written,
      number: lines.length + 1,
      start,
      end,
    })
    start = end
  }
  return lines
}

import type { Position } from '../model/position.ts'

/**
 * A source line with a caret under the stretch meant:
 *
 *     3 | CREATE INDEX orders_customer ON orders (customer_id)
 *       | ^^^^^^^^^^^^
 *
 * `excerpt` is the line at `position.line`. A stretch that goes on for more lines is marked to the end of the first.
 */
export function caretFrame(position: Position, excerpt: string): string {
  const gutter = String(position.line)
  const blank = ' '.repeat(gutter.length)
  const end = position.endLine === position.line ? position.endColumn : excerpt.trimEnd().length + 1
  const carets = '^'.repeat(Math.max(1, Math.min(end, excerpt.length + 1) - position.column))
  // Tabs are kept, so that the caret stands where the terminal puts the character above it.
  const indent = Array.from(excerpt.slice(0, position.column - 1), (c) => (c === '\t' ? '\t' : ' ')).join('')
  return `${gutter} | ${excerpt.trimEnd()}\n${blank} | ${indent}${carets}`
}

/** `path:line:column`, as editors and terminals make it clickable. */
export function placeOf(position: Pick<Position, 'path' | 'line' | 'column'>): string {
  return `${position.path}:${position.line}:${position.column}`
}

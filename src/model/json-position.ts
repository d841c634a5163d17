/** Where in a JSON text a value stands. Only for texts that `JSON.parse` has taken: nothing is checked again here. */

/** The offset of the value at `path` (property names and indexes), or of its innermost parent that is there. */
export function offsetOfJsonPath(text: string, path: readonly PropertyKey[]): number {
  let at = skipSpace(text, 0)
  for (const key of path) {
    const next =
      text[at] === '{' ? memberOf(text, at, key) : text[at] === '[' ? elementOf(text, at, key) : null
    if (next === null) return at
    at = next
  }
  return at
}

/** Line and column from 1, column in UTF-16 code units. */
export function lineAndColumn(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

function memberOf(text: string, open: number, key: PropertyKey): number | null {
  let at = skipSpace(text, open + 1)
  while (text[at] === '"') {
    const end = endOfString(text, at)
    const value = skipSpace(text, skipSpace(text, end) + 1)
    if (JSON.parse(text.slice(at, end)) === key) return value
    at = afterComma(text, endOfValue(text, value))
  }
  return null
}

function elementOf(text: string, open: number, index: PropertyKey): number | null {
  let at = skipSpace(text, open + 1)
  for (let count = 0; at < text.length && text[at] !== ']'; count += 1) {
    if (count === index) return at
    at = afterComma(text, endOfValue(text, at))
  }
  return null
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start)
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '"') at = endOfString(text, at) - 1
    else if ('{['.includes(character)) depth += 1
    else if ('}]'.includes(character) || character === ',') {
      if (depth === 0) return at
      if (character !== ',') depth -= 1
    }
  }
  return text.length
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

function afterComma(text: string, end: number): number {
  const at = skipSpace(text, end)
  return text[at] === ',' ? skipSpace(text, at + 1) : at
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (' \t\r\n'.includes(text[at] ?? 'x')) at += 1
  return at
}

/**
 * The constants that a piece of SQL mentions, as values worth trying: a status that a CHECK lists, a word that the
 * migration's WHERE asks for. They are only suggestions, so a scan by characters will do: a literal that it misses or
 * invents costs variety, never correctness.
 */
export function literalsIn(sql: string): string[] {
  const found = new Set<string>()
  let at = 0
  while (at < sql.length) {
    const character = sql.charAt(at)
    if (character === "'") at = scanString(sql, at, found)
    else if (character === '"') at = closing(sql, at, '"')
    else if (sql.startsWith('--', at)) at = after(sql, '\n', at)
    else if (sql.startsWith('/*', at)) at = after(sql, '*/', at)
    else if (isDigit(character)) at = scanNumber(sql, at, found)
    else if (isWord(character)) at = skipWord(sql, at)
    else at += 1
  }
  return [...found]
}

const literalsMax = 200
const lengthMax = 200

function scanString(sql: string, start: number, found: Set<string>): number {
  const end = closing(sql, start, "'")
  const text = sql.slice(start + 1, end - 1).replaceAll("''", "'")
  if (found.size < literalsMax && text.length <= lengthMax) found.add(text)
  return end
}

/** Just after the quote that closes the one at `start`; a doubled quote does not. */
function closing(sql: string, start: number, quote: string): number {
  let at = start + 1
  while (at < sql.length) {
    if (sql.charAt(at) !== quote) at += 1
    else if (sql.charAt(at + 1) === quote) at += 2
    else return at + 1
  }
  return sql.length + 1
}

/** A bound in a CHECK is most telling at and beside itself. */
function scanNumber(sql: string, start: number, found: Set<string>): number {
  let end = start
  while (isDigit(sql.charAt(end)) || sql.charAt(end) === '.') end += 1
  const value = Number(sql.slice(start, end))
  if (Number.isFinite(value) && found.size < literalsMax) {
    for (const near of [value, value + 1, value - 1]) found.add(String(near))
  }
  return end
}

function skipWord(sql: string, start: number): number {
  let end = start
  while (isWord(sql.charAt(end)) || isDigit(sql.charAt(end))) end += 1
  return end
}

function after(sql: string, mark: string, from: number): number {
  const at = sql.indexOf(mark, from)
  return at === -1 ? sql.length : at + mark.length
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9'
}

function isWord(character: string): boolean {
  return character === '_' || character.toLowerCase() !== character.toUpperCase()
}

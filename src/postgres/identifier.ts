import { keywordCategory } from './keyword.ts'

/** NAMEDATALEN - 1: what a name may be long, in bytes of UTF-8. Longer ones PostgreSQL truncates with a notice. */
export const maxIdentifierBytes = 63

/**
 * A name as SQL writes it: bare where PostgreSQL reads it back as the same name, else in double quotes. The same rule as
 * `quote_ident()` of PostgreSQL 18, so that our SQL looks like the server's own.
 * Throws on U+0000, which no name can hold.
 */
export function quoteIdentifier(name: string): string {
  if (name.includes('\0')) throw new RangeError('an identifier cannot hold U+0000')
  return isBareIdentifier(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/**
 * A text as a SQL literal, right whatever `standard_conforming_strings` says: with a backslash in it, it becomes E'…',
 * as `quote_literal()` does. Throws on U+0000, which no text value can hold.
 */
export function quoteLiteral(text: string): string {
  if (text.includes('\0')) throw new RangeError('a text value cannot hold U+0000')
  const doubled = text.replaceAll("'", "''")
  return text.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`
}

/**
 * A text of several lines as a literal between `$lockstep$`, in which it stands as it is, for people to read. Throws on
 * U+0000.
 */
export function quoteLines(text: string): string {
  if (text.includes('\0')) throw new RangeError('a text value cannot hold U+0000')
  let tag = '$lockstep$'
  for (let count = 1; text.includes(tag); count += 1) tag = `$lockstep${count}$`
  return `${tag}${text}${tag}`
}

/** The name PostgreSQL makes of one that is too long: cut at the last whole character within 63 bytes. */
export function truncateIdentifier(name: string): string {
  return clipBytes(name, maxIdentifierBytes)
}

/** The longest start of `text` of at most `bytes` bytes that does not cut a character (`pg_mbcliplen`). */
export function clipBytes(text: string, bytes: number): string {
  // No character of UTF-8 is shorter than a byte, nor longer than three bytes for a UTF-16 unit.
  if (text.length * 3 <= bytes) return text
  let used = 0
  let end = 0
  for (const character of text) {
    used += Buffer.byteLength(character)
    if (used > bytes) break
    end += character.length
  }
  return text.slice(0, end)
}

/** quote_identifier() of ruleutils.c: [a-z_][a-z0-9_]*, and no key word other than an unreserved one. */
function isBareIdentifier(name: string): boolean {
  if (name === '') return false
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index)
    const isLetter = (code >= 97 && code <= 122) || code === 95
    const isDigit = code >= 48 && code <= 57
    if (!isLetter && !(isDigit && index > 0)) return false
  }
  const category = keywordCategory(name)
  return category === null || category === 'unreserved'
}

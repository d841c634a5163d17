/**
 * Words of a text that nobody parses (the body of a function, a string that names a sequence): whatever could be part of
 * a name, in lower case, so that two spellings of one name have their words in common. A `$` ends a word, though it may
 * stand in a name: it may as well belong to the quotes of the text ($$UPDATE).
 */

/** Every run of letters, digits and `_`, and of all characters beyond ASCII; lower case, without repeats. */
export function wordsOf(text: string): ReadonlySet<string> {
  const words = new Set<string>()
  let start = -1
  for (let at = 0; at <= text.length; at += 1) {
    const isPart = at < text.length && isWordPart(text.charCodeAt(at))
    if (isPart && start < 0) start = at
    if (isPart || start < 0) continue
    words.add(text.slice(start, at).toLowerCase())
    start = -1
  }
  return words
}

/** The first of them; null: there is none. */
export function firstWord(text: string): string | null {
  let start = 0
  while (start < text.length && !isWordPart(text.charCodeAt(start))) start += 1
  let end = start
  while (end < text.length && isWordPart(text.charCodeAt(end))) end += 1
  return end === start ? null : text.slice(start, end).toLowerCase()
}

/** `0-9 A-Z a-z _`, and everything beyond ASCII. */
function isWordPart(code: number): boolean {
  return (
    code >= 128 ||
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 95
  )
}

/** A stretch of a text: `end` is exclusive. */
export interface Section {
  readonly start: number
  readonly end: number
}

/**
 * The text with spaces in place of all that is outside of the sections: what stays keeps its line, its column and its
 * offset, so that a finding in one direction of a file stands where an editor shows it.
 */
export function onlySections(text: string, sections: readonly Section[]): string {
  let result = ''
  let at = 0
  for (const { start, end } of sections) {
    result += blank(text.slice(at, start)) + text.slice(start, end)
    at = end
  }
  return result + blank(text.slice(at))
}

function blank(text: string): string {
  let result = ''
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    result += character === '\n' || character === '\r' ? character : ' '
  }
  return result
}

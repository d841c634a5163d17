import type { Problem } from '../model/problem.ts'

/** Where the bytes of a file stop being UTF-8, and what they may be instead. */
export function notUtf8(bytes: Uint8Array, path: string): Problem {
  const at = firstBadByte(bytes)
  const lineStart = bytes.lastIndexOf(10, at - 1) + 1
  const lineEnd = bytes.indexOf(10, at)
  const before = new TextDecoder().decode(bytes.subarray(lineStart, at))
  const excerpt = new TextDecoder().decode(bytes.subarray(lineStart, lineEnd < 0 ? bytes.length : lineEnd))
  const line = bytes.subarray(0, lineStart).reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 1)
  const column = before.length + 1
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const byte = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')
  return {
    code: 'not-utf-8',
    message: isUtf16
      ? `${path} is not UTF-8: by its first two bytes it is UTF-16`
      : `${path} is not UTF-8: here stands the byte 0x${byte}`,
    hint: `Convert it: iconv -f ${isUtf16 ? 'UTF-16' : 'ENCODING'} -t UTF-8.`,
    position: { path, line, column, endLine: line, endColumn: column + 1 },
    excerpt: isUtf16 ? null : excerpt.trimEnd(),
  }
}

/** By halving: a beginning of the bytes is taken for as long as no bad one is in it. */
function firstBadByte(bytes: Uint8Array): number {
  let good = 0
  let bad = bytes.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (begins(bytes.subarray(0, middle))) good = middle
    else bad = middle
  }
  // A character that was begun and not ended is bad from its first byte on.
  let at = bad - 1
  while (at > 0 && !begins(bytes.subarray(0, at), false)) at--
  return at
}

function begins(bytes: Uint8Array, mayGoOn = true): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: mayGoOn })
    return true
  } catch {
    return false
  }
}

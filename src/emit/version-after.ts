/** Versions for files that come after a migration, in the manner in which its own folder counts. */

/** `count` of them, in order. `last`: the version of the last migration that they take the place of. */
export function versionsAfter(last: string, count: number, style: 'number' | 'dotted'): readonly string[] {
  const numbers = Array.from({ length: count }, (_, at) => at + 1)
  if (style === 'dotted') {
    const width = String(count).length
    return numbers.map((number) => `${last.replaceAll('_', '.')}.${String(number).padStart(width, '0')}`)
  }
  const isNumber = last !== '' && Array.from(last).every((character) => character >= '0' && character <= '9')
  const start = isNumber ? BigInt(last) : 0n
  const width = isNumber ? last.length : 4
  return numbers.map((number) => String(start + BigInt(number)).padStart(width, '0'))
}

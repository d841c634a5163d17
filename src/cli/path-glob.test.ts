import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesGlob } from './path-glob.ts'

it.each([
  ['*.sql', ['a.sql', '.sql'], ['a/b.sql', 'asql', 'a.sql.bak']],
  ['**/*.sql', ['a.sql', 'a/b.sql', 'a/b/c.sql'], ['a/b']],
  ['migrations/**', ['migrations/a.sql', 'migrations/a/b.sql'], ['migrations', 'migrations2/a.sql']],
  ['a/**/b.sql', ['a/b.sql', 'a/x/b.sql', 'a/x/y/b.sql'], ['a/xb.sql', 'xa/b.sql']],
  ['**', ['a', 'a/b'], ['']],
  ['a**b', ['ab', 'axxb'], ['a/b']],
  ['00?_*.sql', ['001_a.sql', '00😀_.sql'], ['00_a.sql', '0012_a.sql']],
  ['{db,src/**}/{a,b}.sql', ['db/a.sql', 'src/x/b.sql'], ['src/a.sql', 'db/c.sql', 'db/a,b.sql']],
  ['{a,{b,c}}', ['a', 'b', 'c'], ['{a', 'a,b']],
  ['a{b', ['a{b'], ['ab']],
  ['a}b,c', ['a}b,c'], []],
  ['./a.sql', ['a.sql'], ['xa.sql']],
  ['a+(b).[c]', ['a+(b).[c]'], ['aab.c']],
])('%s', (pattern, paths, others) => {
  expect(paths.filter((path) => !matchesGlob(path, pattern))).toEqual([])
  expect(others.filter((path) => matchesGlob(path, pattern))).toEqual([])
})

/** The same said slowly: segment by segment, character by character; no braces. */
function matchesSlowly(path: readonly string[], pattern: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return path.length === 0
  if (first === '**') {
    if (rest.length === 0) return path.length > 0
    return path.some((_, at) => matchesSlowly(path.slice(at), rest)) || matchesSlowly([], rest)
  }
  const [name, ...below] = path
  return name !== undefined && nameMatches(Array.from(name), Array.from(first)) && matchesSlowly(below, rest)
}

function nameMatches(name: readonly string[], pattern: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return name.length === 0
  if (first === '*') return name.some((_, at) => nameMatches(name.slice(at), rest)) || nameMatches([], rest)
  const [letter, ...letters] = name
  return letter !== undefined && (first === '?' || first === letter) && nameMatches(letters, rest)
}

describe('whatever the pattern', () => {
  const name = fc.array(fc.constantFrom('a', 'b', '.', '+', '😀'), { minLength: 1, maxLength: 4 })
  const names = fc.array(
    name.map((letters) => letters.join('')),
    { minLength: 1, maxLength: 4 },
  )
  const part = fc.oneof(
    fc.constant('**'),
    fc
      .array(fc.constantFrom('a', 'b', '.', '+', '*', '?', '😀'), { minLength: 1, maxLength: 4 })
      .map((letters) => letters.join(''))
      .filter((text) => !text.includes('**')),
  )
  // A first part `.` is the folder that paths begin in.
  const parts = fc.array(part, { minLength: 1, maxLength: 4 }).filter(([first]) => first !== '.')

  it('means what it says segment by segment', () => {
    fc.assert(
      fc.property(names, parts, (path, pattern) => {
        expect(matchesGlob(path.join('/'), pattern.join('/'))).toBe(matchesSlowly(path, pattern))
      }),
      { numRuns: 2000 },
    )
  })

  it('with braces means one of its patterns', () => {
    fc.assert(
      fc.property(names, parts, parts, (path, one, other) => {
        const written = path.join('/')
        const [left, right] = [one.join('/'), other.join('/')]
        expect(matchesGlob(written, `{${left},${right}}`)).toBe(
          matchesGlob(written, left) || matchesGlob(written, right),
        )
      }),
      { numRuns: 1000 },
    )
  })
})

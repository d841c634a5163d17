import { beforeAll, expect, it } from 'vitest'
import { stepsOn } from './own-step.ts'
import { loadParser } from './parser.ts'

beforeAll(loadParser)

it.each([
  ['n + 1', 'n'],
  ['100 * t.n', 'n'],
  [`coalesce(a || 'x', '')`, 'a'],
  ['"N o" - 1', 'N o'],
])('%s steps on from %s', (expression, column) => {
  expect(stepsOn(expression, column)).toBe(true)
})

it.each([
  ['lower(a)', 'a'],
  ['m + 1', 'n'],
  [`b || 'x'`, 'a'],
  ['n', 'n'],
  ['coalesce(n, 0)', 'n'],
  ['n +', 'n'],
])('of %s nobody can tell for %s', (expression, column) => {
  expect(stepsOn(expression, column)).toBe(false)
})

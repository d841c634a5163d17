import { expect, it } from 'vitest'
import { durationMs } from './duration-ms.ts'

it.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['10min', 600_000],
  ['1.50h', 5_400_000],
  ['0s', null],
  ['30', null],
  ['-1s', null],
  ['1e3s', null],
  ['min', null],
  ['', null],
])('%j is %s', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

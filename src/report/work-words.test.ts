import { expect, it } from 'vitest'
import { workInWords } from './work-words.ts'

const orders = { relation: 'public.orders', estimatedRows: 12_340_000, tableBytes: 3_123_456_789 }

it.each([
  [{ fromMs: 41_000, toMs: 41_000 }, 'about 41 s for 12 million rows (3.1 GB)'],
  [{ fromMs: 29_000, toMs: 47_000 }, 'about 30 to 50 s for 12 million rows (3.1 GB)'],
  [{ fromMs: 37_000, toMs: 42_000 }, 'about 40 s for 12 million rows (3.1 GB)'],
  [{ fromMs: 1600, toMs: 90_000 }, 'up to about 2 min for 12 million rows (3.1 GB)'],
  [{ fromMs: 0, toMs: 9 }, 'an instant for 12 million rows (3.1 GB)'],
])('says %j without more digits than are known', (duration, words) => {
  expect(workInWords({ relations: [orders], duration })).toBe(words)
})

it('names the relations where there are several, and leaves out bytes that are not known', () => {
  const lines = { relation: 'public.lines', estimatedRows: 1, tableBytes: null }
  expect(workInWords({ relations: [lines, orders], duration: { fromMs: 120, toMs: 120 } })).toBe(
    'about 120 ms for 1 row of public.lines and 12 million rows (3.1 GB) of public.orders',
  )
})

it('says what nobody has counted', () => {
  const uncounted = { ...orders, estimatedRows: null }
  expect(workInWords({ relations: [uncounted], duration: null })).toBe(
    'nobody can say for how long, so it is taken for long: the rows of public.orders have not been counted (ANALYZE counts them)',
  )
})

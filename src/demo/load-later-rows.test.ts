import { expect, test } from 'vitest'
import { loadLaterRowsSql } from './load-later-rows.ts'

test('the same number of tokens always gives the same statements', () => {
  expect(loadLaterRowsSql(1000)).toEqual(loadLaterRowsSql(1000))
  expect(loadLaterRowsSql(1000)).not.toEqual(loadLaterRowsSql(2000))
})

test('nothing depends on chance or on the clock', () => {
  expect(loadLaterRowsSql(1000).join('\n')).not.toMatch(/random|now\(|clock_timestamp|gen_random/)
})

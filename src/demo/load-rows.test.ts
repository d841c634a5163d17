import { expect, test } from 'vitest'
import { loadRowsSql } from './load-rows.ts'

test('the same number of tokens always gives the same statements', () => {
  expect(loadRowsSql(1000)).toEqual(loadRowsSql(1000))
  expect(loadRowsSql(1000)).not.toEqual(loadRowsSql(1001))
})

test('every 1.0 table gets rows, parents before children', () => {
  const tables = loadRowsSql(1000).flatMap((sql) => /^INSERT INTO (\w+)/.exec(sql)?.[1] ?? [])
  expect(new Set(tables).size).toBe(14)
  expect(tables.indexOf('hydra_client')).toBeLessThan(tables.indexOf('hydra_oauth2_authentication_request'))
  expect(tables.indexOf('hydra_oauth2_consent_request_handled')).toBeLessThan(
    tables.indexOf('hydra_oauth2_access'),
  )
})

test('nothing depends on chance or on the clock', () => {
  expect(loadRowsSql(1000).join('\n')).not.toMatch(/random|now\(|clock_timestamp|gen_random/)
})

test('too few rows for one of each fate are refused', () => {
  expect(() => loadRowsSql(19)).toThrow('at least 20')
  expect(() => loadRowsSql(100.5)).toThrow('whole number')
})

import { expect, it } from 'vitest'
import { lockstepComments } from '../../sql/lockstep-comment.ts'
import { expectedRows } from './expected-rows.ts'

it.each([
  ['expect-rows 12', { min: 12, max: 12 }],
  ['expect-rows 0..1_000', { min: 0, max: 1000 }],
  ['expect-rows 10 .. 20 because it was counted', { min: 10, max: 20 }],
  ['expect-rows 20..10', null],
  ['expect-rows many', null],
  ['expect-rows 1..2..3', null],
  ['expect-rows', null],
  ['expect-rows -1..5', null],
  ['allow 12', null],
])('%s', (said, rows) => {
  const sql = `-- lockstep: ${said}\nTRUNCATE t`
  const statement = { index: 0, span: { start: sql.indexOf('TRUNCATE'), end: sql.length } }
  expect(expectedRows(lockstepComments(sql, [statement]))).toEqual(rows)
})

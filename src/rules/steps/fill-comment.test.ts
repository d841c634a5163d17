import { beforeAll, expect, it } from 'vitest'
import { parseScript } from '../../sql/parse-script.ts'
import { loadParser } from '../../sql/parser.ts'
import { fillComment } from './fill-comment.ts'

beforeAll(loadParser)

function said(comment: string) {
  return fillComment(parseScript(`-- lockstep: ${comment}\nSELECT 1;`, 'a.sql').comments)
}

it.each([
  ["fill 'a  b' because so", "'a  b'"],
  ['fill -1 because so', '-1'],
  ['fill \'0\'::public."My Type" because so', '\'0\'::public."My Type"'],
  ["fill lower('X') || 'y' because so", "(lower('X') || 'y')"],
])('%s', (comment, value) => {
  expect(said(comment)).toEqual({ value, because: 'so' })
})

it.each([
  ['fill 1', 'needs its reason'],
  ['fill because so', 'needs one value'],
  ['fill NULL because so', 'fills nothing'],
  ['fill NULL::text because so', 'fills nothing'],
  ['fill DEFAULT because so', 'needs one value'],
  ['fill 1, d = 2 because so', 'needs one value'],
  ['fill 1 WHERE false because so', 'needs one value'],
  ['fill 1; DROP TABLE t because so', 'needs one value'],
  ['fill gen_random_uuid() because so', 'the same for every row'],
  ['fill id because so', 'the same for every row'],
  ['fill (SELECT 1) because so', 'the same for every row'],
])('%s is refused', (comment, because) => {
  expect(said(comment)).toEqual({ cannot: expect.stringContaining(because) })
})

it('is no other comment', () => {
  expect(said('allow fill because so')).toBeNull()
})

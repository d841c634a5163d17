import * as fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { formatRelation } from '../postgres/relation-name.ts'
import { onTable, withoutConcurrently } from './index-edit.ts'
import { loadParser } from './parser.ts'

beforeAll(loadParser)

const child = { schema: 'S', name: 'part of t' }

it.each([
  ['CREATE INDEX i ON t (a)', 'CREATE INDEX i ON "S"."part of t" (a)'],
  ['CREATE INDEX i ON ONLY a.b.t (a)', 'CREATE INDEX i ON "S"."part of t" (a)'],
  [
    'CREATE UNIQUE INDEX CONCURRENTLY ON "only" USING btree (a)',
    'CREATE UNIQUE INDEX CONCURRENTLY ON "S"."part of t" USING btree (a)',
  ],
  [
    'create index i on s.t/* on */(lower(a)) where b',
    'create index i on "S"."part of t"/* on */(lower(a)) where b',
  ],
  [
    `CREATE INDEX U&"d!0061t" UESCAPE '!' ON U&"t!0061" UESCAPE '!' (a)`,
    `CREATE INDEX U&"d!0061t" UESCAPE '!' ON "S"."part of t" (a)`,
  ],
])('puts %s on another table', (sql, wanted) => {
  expect(onTable(sql, child)).toBe(wanted)
})

it.each([
  ['CREATE INDEX CONCURRENTLY i ON t (a)', 'CREATE INDEX i ON t (a)'],
  ['CREATE INDEX\nconcurrently IF NOT EXISTS i ON t (a)', 'CREATE INDEX\n IF NOT EXISTS i ON t (a)'],
  ['CREATE INDEX i ON t (a)', 'CREATE INDEX i ON t (a)'],
])('takes CONCURRENTLY out of %s', (sql, wanted) => {
  expect(withoutConcurrently(sql)).toBe(wanted)
})

it('reads its own text as it is meant, whatever the names', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 9 })
    .filter((one) => !one.includes('\0'))
  fc.assert(
    fc.property(name, name, name, (schema, from, to) => {
      const sql = `CREATE INDEX CONCURRENTLY i ON ONLY ${formatRelation({ schema, name: from })} (a) WHERE b > 0`
      const moved = withoutConcurrently(onTable(sql, { schema, name: to }))
      expect(moved).toContain(` ON ${formatRelation({ schema, name: to })} (a)`)
    }),
  )
})

import { expect, test } from 'vitest'
import { invariants, upgradedInvariants } from './invariants.ts'

test('names are unique: a report names an invariant by nothing else', () => {
  const names = [...invariants, ...upgradedInvariants].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

test('what is asked at 1.0 names no column of a later version', () => {
  const later = /\b(metadata|handled_at|amr|thumbprint|lifespan)\b/
  for (const { sql } of invariants) expect(sql).not.toMatch(later)
})

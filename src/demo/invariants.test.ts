import { describe, expect, test } from 'vitest'
import { demoTarget } from '../model/demo.ts'
import { demoUpgrades } from './demo-upgrade.ts'
import { atEnd, invariants } from './invariants.ts'

describe.each(demoTarget.options)('the upgrade to %s', (to) => {
  const upgrade = demoUpgrades[to]

  test('has invariants with names of their own: a report names them by nothing else', () => {
    const names = [...upgrade.invariants, ...upgrade.upgradedInvariants(1000)].map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  test('asks of what it made only what can be answered without a start', () => {
    for (const { name, expect: wanted } of upgrade.upgradedInvariants(1000)) {
      expect({ name, wanted }).toEqual({ name, wanted: 'zero' })
    }
  })
})

test('what is asked at 1.0 names no column of a later version', () => {
  const later = /\b(metadata|handled_at|amr|thumbprint|lifespan)\b/
  for (const { sql } of invariants) expect(sql).not.toMatch(later)
})

test('what is asked at the last 1.x names no column of 2.x, and at the end none of 1.x', () => {
  for (const asked of demoUpgrades['2.x'].invariants) {
    expect(asked.sql).not.toMatch(/\b(nid|requested_audience|granted_audience|scopes|public_id)\b/)
    expect(atEnd(asked).sql).not.toMatch(/\b(requested_at_audience|granted_at_audience)\b/)
  }
})

import { expect, it } from 'vitest'
import { merge } from './wait-sampler.ts'

const nothing = { ofUpgrade: null, ofOthers: null }
const waiting = (pid: number, waited_ms: number, blockers: number[], application = 'app') => ({
  pid,
  application,
  waited_ms,
  query: `statement of ${pid}`,
  blockers,
})

it('blames the upgrade for a wait behind a session that itself waits for the upgrade', () => {
  const seen = merge(nothing, [waiting(1, 40, [2]), waiting(2, 30, [9])], new Set([9]), 'app')
  expect(seen.ofUpgrade).toMatchObject({ ms: 40, waiting: 'statement of 1' })
  expect(seen.ofOthers).toBeNull()
})

it('does not blame the upgrade for the fights of the application, nor count its own waits', () => {
  const seen = merge(nothing, [waiting(1, 40, [2]), waiting(9, 500, [1], 'upgrade')], new Set([9]), 'app')
  expect(seen).toMatchObject({ ofUpgrade: null, ofOthers: { ms: 40 } })
})

it('keeps the longest and survives a circle of blockers', () => {
  const before = merge(nothing, [waiting(1, 70, [9])], new Set([9]), 'app')
  const after = merge(before, [waiting(1, 20, [2]), waiting(2, 20, [1, 9])], new Set([9]), 'app')
  expect(after.ofUpgrade?.ms).toBe(70)
})

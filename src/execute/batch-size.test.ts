import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterBatch, afterConflict, type BatchSize } from './batch-size.ts'

const limits = { targetMs: 40, min: 50, max: 10_000 }

/** A table on which one row takes `rowMs` and a batch `fixedMs` besides. */
function settle(start: number, rowMs: number, fixedMs: number, batches: number): number {
  let now: BatchSize = { size: start, costMs: null }
  for (let batch = 0; batch < batches; batch++) {
    now = afterBatch(now, { done: now.size, ms: fixedMs + rowMs * now.size }, limits)
  }
  return now.size
}

describe('the size of a batch', () => {
  it('comes near to the target from below and from above', () => {
    expect(settle(50, 0.02, 0.5, 40) * 0.02).toBeGreaterThan(30)
    expect(settle(50, 0.02, 0.5, 40) * 0.02).toBeLessThan(45)
    expect(settle(10_000, 0.02, 0.5, 40) * 0.02).toBeGreaterThan(30)
    expect(settle(10_000, 0.02, 0.5, 40) * 0.02).toBeLessThan(45)
  })

  it('never grows by more than a fifth, shrinks by more than half, or leaves its limits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: 10_000 }),
        fc.double({ min: 0, max: 100_000, noNaN: true }),
        fc.integer({ min: 1, max: 10_000 }),
        (size, ms, done) => {
          const next = afterBatch({ size, costMs: null }, { done, ms }, limits).size
          expect(next).toBeLessThanOrEqual(Math.min(10_000, Math.round(size * 1.2)))
          expect(next).toBeGreaterThanOrEqual(Math.max(50, Math.round(size / 2)))
        },
      ),
    )
  })

  it('does not jump for one slow batch', () => {
    const steady: BatchSize = { size: 1000, costMs: 0.04 }
    const slow = afterBatch(steady, { done: 1000, ms: 60 }, limits)
    expect(slow.size).toBeGreaterThan(750)
    expect(slow.size).toBeLessThan(1000)
  })

  it('halves on a conflict, down to one row and not to none', () => {
    expect(afterConflict({ size: 500, costMs: 1 }).size).toBe(250)
    expect(afterConflict({ size: 1, costMs: 1 }).size).toBe(1)
  })

  it('grows again out of a conflict that took it below the smallest batch', () => {
    expect(afterBatch({ size: 1, costMs: null }, { done: 1, ms: 0.1 }, limits).size).toBe(50)
  })
})

import { describe, expect, it } from 'vitest'
import { loadRecorder, percentile } from './load-recorder.ts'

describe('load recorder', () => {
  it('counts what failed, what was slow, and the percentiles of all', () => {
    const recorder = loadRecorder()
    for (let ms = 1; ms <= 100; ms += 1) {
      recorder.record({ application: '1.x', script: 'introspect', ms, failure: null })
    }
    recorder.record({ application: '1.x', script: 'refresh', ms: 3500, failure: '40P01' })
    recorder.record({ application: '2.x', script: 'refresh', ms: 100, failure: '40P01' })
    const figures = recorder.figures()
    expect(figures).toMatchObject({
      transactions: 102,
      failed: 2,
      failures: { '40P01': 2 },
      byApplication: [
        { application: '1.x', transactions: 101, failed: 1, failures: { '40P01': 1 } },
        { application: '2.x', transactions: 1, failed: 1, failures: { '40P01': 1 } },
      ],
      slowerThan100Ms: 1,
      latencyMs: { p50: 51, max: 3500 },
    })
    expect(figures.byScript['refresh']).toEqual({ transactions: 2, p99: 3500, max: 3500 })
  })

  it('takes percentiles by nearest rank', () => {
    expect([0.5, 0.99, 1].map((share) => percentile([10, 20, 30, 40], share))).toEqual([20, 40, 40])
    expect(percentile([], 0.99)).toBe(0)
  })
})
